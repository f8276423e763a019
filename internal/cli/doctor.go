package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/streams"
)

// finding is what doctor found of one thing.
type finding struct {
	Name string `json:"name"`
	// State is ok, missing (nothing works without it) or limited (what works
	// less without it is in the detail).
	State  string `json:"state"`
	Detail string `json:"detail"`
	// Mend is what to do; empty where nothing is.
	Mend string `json:"mend,omitempty"`
}

const (
	stateOK      = "ok"
	stateMissing = "missing"
	stateLimited = "limited"
)

type doctorOptions struct {
	app    *app
	output output
	target string
}

func (a *app) doctorCommand() *cobra.Command {
	opts := &doctorOptions{app: a}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine and repository lack, each with its mend",
		Long: `Looks at git, the repository, gantline-step, the registry and the builder, and
says of each whether it will do. Nothing is changed; the embedded registry and
builder are not started. Exit code 1 where something is missing.`,
		Args: noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return opts.run(cmd.Context()) },
	}
	opts.output.bind(cmd, "text", "json")
	cmd.Flags().StringVar(&opts.target, "target", "", "prove a deploy target (does not exist yet)")
	return cmd
}

func (o *doctorOptions) run(ctx context.Context) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.target != "" {
		return usageError{errors.New("--target does not exist yet in this version; it comes with deploying to clusters")}
	}
	findings := []finding{o.git(ctx)}
	project, about := o.repository(ctx)
	findings = append(findings, about)
	findings = append(findings, o.step(), o.disk(), o.registry(ctx, project), o.builder(ctx))
	err := o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, findings) })
	return errors.Join(err, missing(findings))
}

func (o *doctorOptions) show(w io.Writer, findings []finding) error {
	if o.output.format == "json" {
		return writeJSON(w, struct {
			header
			Findings []finding `json:"findings"`
		}{headed("Findings"), findings})
	}
	palette := o.app.Streams.OutPalette()
	for _, f := range findings {
		state := palette.Good("ok     ")
		switch f.State {
		case stateMissing:
			state = palette.Bad("missing")
		case stateLimited:
			state = palette.Warn("limited")
		}
		fmt.Fprintf(w, "%s  %-12s %s\n", state, f.Name, streams.Safe(f.Detail))
		if f.Mend != "" {
			fmt.Fprintf(w, "%23s%s\n", "", streams.SafeLines(f.Mend))
		}
	}
	return nil
}

func missing(findings []finding) error {
	n := 0
	for _, f := range findings {
		if f.State == stateMissing {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d things are missing", n, len(findings))
}

func (o *doctorOptions) git(ctx context.Context) finding {
	out, err := exec.CommandContext(ctx, "git", "version").Output()
	if err != nil {
		return finding{"git", stateMissing, "no git binary found", "install it: apt-get install git"}
	}
	return finding{"git", stateOK, string(out[:max(0, len(out)-1)]), ""}
}

func (o *doctorOptions) repository(ctx context.Context) (*pipeline.Project, finding) {
	repo, err := o.app.openRepo(ctx)
	if err != nil {
		return nil, finding{"repository", stateMissing, err.Error(), ""}
	}
	commit, err := repo.Resolve(ctx, "HEAD")
	if err != nil {
		return nil, finding{"repository", stateMissing, err.Error(), ""}
	}
	project, err := o.app.project(ctx, &revision{repo, commit})
	if err != nil {
		return nil, finding{"repository", stateMissing, err.Error(), ""}
	}
	if diag.HasErrors(project.Check()) {
		return nil, finding{"repository", stateMissing, "gantline.yaml or a flow has errors", "see them: gantline check"}
	}
	detail := fmt.Sprintf("project %s at commit %s", project.Config.Project, commit.Short())
	switch {
	case repo.Shallow():
		return project, finding{"repository", stateLimited, detail + "; the clone is shallow, so builds read its history from the remote", "spare them that: git fetch --unshallow"}
	case repo.Partial():
		return project, finding{"repository", stateLimited, detail + "; the clone is partial, so files are fetched when they are read", ""}
	}
	return project, finding{"repository", stateOK, detail, ""}
}

func (o *doctorOptions) step() finding {
	binary, err := o.app.stepBinary("linux/amd64")
	if err != nil {
		return finding{"step", stateMissing, err.Error(), ""}
	}
	return finding{"step", stateOK, fmt.Sprintf("gantline-step %s, %s", short(binary.Digest), diag.Size(binary.Size)), ""}
}

// wantedSpace is what a first environment with PyTorch takes at least.
const wantedSpace = 20 << 30

func (o *doctorOptions) disk() finding {
	dir := o.app.cacheDir()
	// Where the directory is not made yet, what it will be made in tells.
	there := dir
	for there != "/" && !exists(there) {
		there = filepath.Dir(there)
	}
	if info, err := os.Stat(there); err != nil || !info.IsDir() {
		return finding{"cache", stateMissing, fmt.Sprintf("%s can't be made: %s is no directory", dir, there), "name another directory in GANTLINE_CACHE"}
	}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(there, &stat); err != nil {
		return finding{"cache", stateLimited, fmt.Sprintf("%s: %s", dir, err), ""}
	}
	free := int64(stat.Bavail) * stat.Bsize
	detail := fmt.Sprintf("%s, %s free", dir, diag.Size(free))
	if free < wantedSpace {
		return finding{"cache", stateLimited, detail, "an environment with PyTorch wants 20 GB; name another directory in GANTLINE_CACHE"}
	}
	return finding{"cache", stateOK, detail, ""}
}

func (o *doctorOptions) registry(ctx context.Context, project *pipeline.Project) finding {
	if project == nil || project.Config.Registry == "" {
		return finding{"registry", stateOK, "the embedded one, on loopback: a cluster can't pull from it; gantline.yaml's registry names another", ""}
	}
	means, closeMeans, err := o.app.means(meansFlags{})
	if err != nil {
		return finding{"registry", stateMissing, err.Error(), ""}
	}
	defer closeMeans()
	if _, err := (pipeline.BuildJob{Project: project, Means: means}).Published(ctx, project.Commit.Hash); err != nil {
		return finding{"registry", stateMissing, err.Error(), ""}
	}
	return finding{"registry", stateOK, project.Config.Registry + " answers", ""}
}

// builder looks for a daemon that runs already, then for what our own needs.
func (o *doctorOptions) builder(ctx context.Context) finding {
	options, err := o.app.builderOptions("", "")
	if err != nil {
		return finding{"builder", stateMissing, err.Error(), ""}
	}
	own := options.Own
	options.Own = nil
	found, err := builder.Find(ctx, options)
	if err == nil {
		defer found.Close()
		return finding{"builder", stateOK, found.Describe(), ""}
	}
	if own == nil || options.Address != "" || options.BuildkitHost != "" {
		return finding{"builder", stateLimited, err.Error() + "; images on scratch need none", ""}
	}
	if err := own.Check(); err != nil {
		return finding{"builder", stateLimited, err.Error() + "; images on scratch need none", "name a daemon in BUILDKIT_HOST, or run as root"}
	}
	return finding{"builder", stateOK, "the project's own buildkitd, started when it is needed", ""}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
