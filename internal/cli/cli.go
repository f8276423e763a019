// Package cli is the command line: the cobra tree, one file a verb. Flags and
// the environment are read here and nowhere else, and errors become exit codes
// in one place (exit.go).
//
// A newcomer starts at Main, then reads one verb, check.go say: a command has
// an options struct, a constructor that binds flags to it, and a run method
// that calls the rooms below and hands their values to internal/report.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/streams"
)

// Process is what a command gets from the outside: no package below reads
// the environment or the process's own streams.
type Process struct {
	Version string
	Streams *streams.Streams
	Getenv  func(string) string
	// Now is the clock, which dates records and deploys; nil is the system's.
	Now func() time.Time
}

// Main runs the command that args name and returns the exit code.
func Main(ctx context.Context, args []string, process Process) int {
	if process.Now == nil {
		process.Now = time.Now
	}
	app := &app{Process: process}
	root := app.root()
	root.SetArgs(args)
	root.SetIn(process.Streams.In)
	root.SetOut(process.Streams.Out)
	root.SetErr(process.Streams.Err)
	err := root.ExecuteContext(ctx)
	var left leftError
	if ctx.Err() != nil && err != nil && !errors.As(err, &left) {
		err = interrupted{err}
	}
	if err != nil && !answered(err) {
		app.complain(err)
	}
	return ExitCode(err)
}

// app is one invocation: the process and the global flags.
type app struct {
	Process
	repoDir string
	quiet   bool
	verbose bool
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gantline",
		Short: "Takes each commit of a repository to running workflows",
		Long: `Gantline takes each commit of a repository to running workflows: it keeps dead
weight out, builds a layered image tagged by the commit, renders the flows that
the repository declares into Argo Workflows pinned to that image, previews the
difference before a merge, and deploys the nightly workflows after it.

Start with "gantline init" in your repository.`,
		Version:       a.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.repoDir, "repo", ".", "directory in the repository")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing but answers and errors")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "say more")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w\nsee: %s --help", err, cmd.CommandPath())}
	})
	a.addCommands(root)
	return root
}

// printer speaks to the user on standard error.
func (a *app) printer() *streams.Printer {
	switch {
	case a.quiet:
		return a.Streams.Printer(streams.Quiet)
	case a.verbose:
		return a.Streams.Printer(streams.Verbose)
	}
	return a.Streams.Printer(streams.Normal)
}

// complain tells the user what went wrong.
func (a *app) complain(err error) {
	palette := a.Streams.ErrPalette()
	fmt.Fprintf(a.Streams.Err, "%s %s\n", palette.Bad("gantline:"), streams.SafeLines(err.Error()))
}

// cacheDir is where the embedded registry and builder keep their data:
// absolute, since daemons run with another working directory.
func (a *app) cacheDir() string {
	dir := a.Getenv("GANTLINE_CACHE")
	switch {
	case dir != "":
	case filepath.IsAbs(a.Getenv("XDG_CACHE_HOME")):
		dir = filepath.Join(a.Getenv("XDG_CACHE_HOME"), "gantline")
	case a.Getenv("HOME") != "":
		dir = filepath.Join(a.Getenv("HOME"), ".cache", "gantline")
	default:
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("gantline-%d", os.Getuid()))
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		return absolute
	}
	return dir
}
