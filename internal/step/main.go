package step

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"gantline.dev/gantline/internal/wire"
)

// Version is the version of the shim. Images hold a shim of one version with
// the same bytes everywhere.
const Version = "0.1.0"

const usage = `gantline-step runs one step of a flow inside its container.

  gantline-step exec [--run-dir DIR] [--termination-log FILE] SPEC
  gantline-step version

SPEC is what "gantline render" wrote as the container's argument.
`

// Host is the process that the shim runs as: nothing else is read from it.
type Host struct {
	// Env is the environment, as os.Environ gives it.
	Env []string
	// Stdin, Stdout and Stderr are handed to the step's process. The shim
	// itself writes JSON lines to Stderr.
	Stdin, Stdout, Stderr *os.File
}

// Main runs the command line args (without the program's name) and returns
// the exit code that the package comment lists.
func Main(args []string, host Host) int {
	if len(args) == 0 {
		return misuse(host, errors.New("no command"))
	}
	switch args[0] {
	case "exec":
		places, spec, err := execArgs(args[1:])
		if err != nil {
			return misuse(host, err)
		}
		return run(host, places, spec)
	case "version", "--version":
		if len(args) == 1 {
			_, err := fmt.Fprintf(host.Stdout, "gantline-step %s (%s %s/%s)\n", Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return exitOf(err)
		}
	case "help", "--help", "-h":
		_, err := io.WriteString(host.Stdout, usage)
		return exitOf(err)
	}
	return misuse(host, fmt.Errorf("unknown command line %q", args))
}

// execArgs reads what follows exec.
func execArgs(args []string) (places, string, error) {
	flags := flag.NewFlagSet("exec", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	runDir := flags.String("run-dir", wire.RunDir, "")
	log := flags.String("termination-log", wire.TerminationLog, "")
	if err := flags.Parse(args); err != nil {
		return places{}, "", err
	}
	if flags.NArg() != 1 {
		return places{}, "", fmt.Errorf("exec takes one SPEC, not %d arguments", flags.NArg())
	}
	dir, err := filepath.Abs(*runDir)
	if err != nil {
		return places{}, "", fmt.Errorf("reading --run-dir: %w", err)
	}
	return placesIn(dir, *log), flags.Arg(0), nil
}

func misuse(host Host, err error) int {
	fmt.Fprintf(host.Stderr, "gantline-step: %v\n\n%s", err, usage)
	return exitUsage
}

func exitOf(err error) int {
	if err != nil {
		return 1
	}
	return 0
}
