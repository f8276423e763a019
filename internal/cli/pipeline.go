package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
)

type pipelineOptions struct {
	app    *app
	output output
	means  meansFlags
	deploy string
	to     string
}

func (a *app) pipelineCommand() *cobra.Command {
	opts := &pipelineOptions{app: a}
	cmd := &cobra.Command{
		Use:   "pipeline [REV]",
		Short: "Take a commit from check to preview, and deploy it with --deploy",
		Long: `Runs the stages in order: check, audit, files, build, render, diff, and with
--deploy the deploy of exactly that. Stops at the first that fails or refuses.
The record is .gantline/commits/<commit>/: run.json, report.html, rendered/.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.output.bindFormat(cmd, "text", "json")
	cmd.Flags().StringVar(&opts.deploy, "deploy", "", "deploy target")
	_ = cmd.RegisterFlagCompletionFunc("deploy", a.completeTargets)
	cmd.Flags().StringVar(&opts.to, "to", "", "directory of the record")
	cmd.Flags().StringVar(&opts.means.builder, "builder", "", "address of a BuildKit daemon")
	return cmd
}

func (o *pipelineOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	opened, project, err := o.app.openProject(ctx, rev, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	dir, err := o.recordDir(opened)
	if err != nil {
		return err
	}
	means, closeMeans, err := o.app.means(o.means)
	if err != nil {
		return err
	}
	defer closeMeans()
	outcome, err := pipeline.Run(ctx, project, means, pipeline.RunOptions{Deploy: pipeline.DeployOptions{Target: o.deploy}, Dir: dir})
	if outcome == nil {
		return err
	}
	page, pageErr := o.writeReport(ctx, opened, outcome, dir)
	if err = errors.Join(err, pageErr); err != nil {
		var invalid *pipeline.InvalidError
		if errors.As(err, &invalid) {
			_ = report.ProblemsText(o.app.Streams.Err, invalid.Problems, o.app.Streams.ErrPalette())
		}
	}
	if err := errors.Join(err, o.show(outcome, page)); err != nil {
		return err
	}
	o.app.nextDeploy(project, outcome.Record)
	return nil
}

// recordsHome is the directory of a repository for what Gantline writes there.
const recordsHome = ".gantline"

// recordDir is where the record goes: below the work tree, which ignores it.
func (o *pipelineOptions) recordDir(opened *revision) (string, error) {
	if o.to != "" {
		return o.to, nil
	}
	if opened.repo.Bare() {
		return "", usageError{errors.New("the repository is bare: name the directory of the record with --to DIR")}
	}
	home := filepath.Join(opened.repo.Root(), recordsHome)
	commits := filepath.Join(home, "commits")
	for _, dir := range []string{home, commits} {
		// A commit can hold a symlink there: nothing is written where it leads.
		if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
			return "", fmt.Errorf("making the directory of the record: %q is no directory; remove it, or name another with --to DIR", dir)
		}
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", fmt.Errorf("making the directory of the record: %w", err)
	}
	ignore := filepath.Join(home, ".gitignore")
	if _, err := os.Lstat(ignore); errors.Is(err, os.ErrNotExist) {
		if err := updateFile(ignore, []byte("commits/\n")); err != nil {
			return "", err
		}
	}
	return filepath.Join(commits, opened.commit.Hash), nil
}

// writeReport writes report.html, also for a run that failed.
func (o *pipelineOptions) writeReport(ctx context.Context, opened *revision, outcome *pipeline.Outcome, dir string) (string, error) {
	// The run may have been interrupted; the page of what it did is still due.
	branch, err := opened.repo.CurrentBranch(context.WithoutCancel(ctx))
	if err != nil {
		return "", err
	}
	page := filepath.Join(dir, "report.html")
	out := output{to: page}
	return page, out.write(nil, func(w io.Writer) error {
		return report.RunHTML(w, report.RunOf(outcome, opened.commit, branch))
	})
}

func (o *pipelineOptions) show(outcome *pipeline.Outcome, page string) error {
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, outcome.Record)
	}
	for _, image := range outcome.Record.Images {
		fmt.Fprintf(o.app.Streams.Out, "image   %s\n", image.Ref())
	}
	if d := outcome.Record.Deploy; d != nil {
		showRemarks(o.app.Streams.Out, d.Plan)
		if d.Written {
			showDestination(o.app.Streams.Out, *d)
		}
	}
	fmt.Fprintf(o.app.Streams.Out, "report  %s\n", page)
	return nil
}
