package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/internal/runs"
	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

type runOptions struct {
	app       *app
	output    output
	means     meansFlags
	rev       string
	target    string
	params    []string
	clean     bool
	untracked bool
	detach    bool
	dryRun    bool
	logs      bool
}

func (a *app) runCommand() *cobra.Command {
	opts := &runOptions{app: a}
	cmd := &cobra.Command{
		Use:   "run FLOW",
		Short: "Run a flow from the work tree on a cluster, and follow it",
		Long: `Takes a snapshot of the work tree, uncommitted changes included, builds its
images, submits the flow pinned to them and follows it to its end. The snapshot
is a commit, kept under refs/gantline/runs/ of this repository; index, HEAD and
work tree are untouched. Files that git does not track are left out and named,
unless --untracked takes them in. Pods that the flow does not keep stay for an
hour, so that their logs can be read.

Ctrl-C ends the following, not the run. Exits with 5 where the run failed.`,
		Example: `  gantline run finetune-eval -p suite=smoke -p lr=0.01
  RUN=$(gantline run finetune-eval --detach) && gantline status $RUN --follow`,
		Args:              exactlyOne(),
		ValidArgsFunction: a.completeFlows,
		RunE:              func(cmd *cobra.Command, args []string) error { return opts.run(cmd.Context(), args[0]) },
	}
	opts.output.bindFormat(cmd, "text", "json")
	flags := cmd.Flags()
	flags.StringArrayVarP(&opts.params, "param", "p", nil, "NAME=VALUE: a parameter of the flow; may be repeated")
	flags.StringVar(&opts.rev, "rev", workTree, "commit to run, instead of the work tree")
	flags.BoolVar(&opts.clean, "clean", false, "run HEAD, without what is not committed")
	flags.BoolVar(&opts.untracked, "untracked", false, "take in files that git neither tracks nor ignores")
	flags.BoolVarP(&opts.detach, "detach", "d", false, "print the run's name and don't follow it")
	flags.BoolVar(&opts.logs, "logs", false, "print what the steps write, while the run is followed")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "build the images, print the Workflow and submit nothing; the cluster is asked whether it would take it")
	flags.StringVar(&opts.means.builder, "builder", "", "address of a BuildKit daemon")
	a.bindTarget(cmd, &opts.target)
	cmd.Flags().Lookup("target").Usage = "cluster to run on, instead of the one that gantline.yaml names"
	_ = cmd.RegisterFlagCompletionFunc("param", a.completeParams)
	return cmd
}

func (o *runOptions) check() error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.clean && o.rev != workTree {
		return usageError{errors.New("--clean is --rev HEAD; name one of the two")}
	}
	if o.clean {
		o.rev = "HEAD"
	}
	if o.untracked && o.rev != workTree {
		return usageError{fmt.Errorf("--untracked is for the work tree; commit %s has no untracked files", o.rev)}
	}
	if o.dryRun && o.detach {
		return usageError{errors.New("--dry-run submits nothing to detach from")}
	}
	if o.logs && (o.detach || o.dryRun || o.output.format == "json") {
		return usageError{errors.New("--logs is for a run that is followed by a person: not with --detach, --dry-run or -o json")}
	}
	return nil
}

func (o *runOptions) run(ctx context.Context, flow string) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.refuseWorkTree(ctx); err != nil {
		return err
	}
	opened, project, err := o.app.openValid(ctx, o.rev, o.untracked)
	if err != nil {
		return err
	}
	defer opened.Close()
	start, err := o.prepare(ctx, opened, project, flow)
	if err != nil {
		return err
	}
	if err := start.refuseLarge(ctx); err != nil {
		return err
	}
	if problems := project.Check(); diag.HasErrors(problems) {
		return o.app.invalid(problems)
	}
	if err := start.ask(ctx); err != nil {
		return err
	}
	object, err := start.build(ctx, o.means)
	if err != nil {
		return o.app.shown(err)
	}
	if o.dryRun {
		return o.showObject(ctx, start, object)
	}
	run, err := start.submit(ctx, object)
	if err != nil {
		return err
	}
	return o.follow(ctx, start.target, run)
}

// prepare finds the flow, its parameters and the cluster: whatever was written
// wrongly ends the command here, at once.
func (o *runOptions) prepare(ctx context.Context, opened *revision, project *pipeline.Project, name string) (*runStart, error) {
	flow, err := findFlow(project, name)
	if err != nil {
		return nil, err
	}
	if flow.Protected != nil && flow.Protected.V {
		return nil, &pipeline.RefusedError{
			Reasons: []string{fmt.Sprintf("flow %q is protected: it starts only as deployed, never from a local commit", name)},
			Hints:   []string{fmt.Sprintf("start what is deployed in Argo's UI, from WorkflowTemplate %s-%s", project.Config.Project, name)},
		}
	}
	params, err := render.RunParams(flow, o.params)
	if err != nil {
		return nil, usageError{err}
	}
	target, err := o.app.targetOf(ctx, opened.repo, project.Config, o.target)
	if err != nil {
		return nil, err
	}
	return &runStart{app: o.app, opened: opened, project: project, flow: name, target: target, params: params}, nil
}

func findFlow(project *pipeline.Project, name string) (*workflows.Flow, error) {
	names := make([]string, 0, len(project.Flows))
	for _, flow := range project.Flows {
		if flow.Name.V == name {
			return flow, nil
		}
		names = append(names, flow.Name.V)
	}
	return nil, &pipeline.UnknownNameError{What: "flow", Key: "flows", Name: name, Known: names}
}

// showObject prints the Workflow, after the cluster was asked about it.
func (o *runOptions) showObject(ctx context.Context, start *runStart, object kube.Object) error {
	if err := start.target.client.Try(ctx, object); err != nil {
		return err
	}
	out := o.app.Streams.Out
	if o.output.format == "json" {
		_, err := fmt.Fprintf(out, "%s\n", object.JSON())
		return err
	}
	text, err := object.YAML()
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	o.app.printer().Say("%s would take it; nothing was submitted", start.target.client)
	return nil
}

// follow shows the run that was submitted, to its end unless --detach.
func (o *runOptions) follow(ctx context.Context, target *runTarget, run runs.Run) error {
	o.app.printer().Say("submitted run %s to %s", run.Name, target.client)
	if url := target.url(run.Name); url != "" {
		o.app.printer().Say("its page: %s", url)
	}
	if o.detach {
		if o.output.format == "json" {
			return report.StatusJSON(o.app.Streams.Out, report.Status{Run: run, Target: target.target.Name, Namespace: target.target.Namespace, URL: target.url(run.Name)})
		}
		_, err := fmt.Fprintln(o.app.Streams.Out, run.Name)
		return err
	}
	return o.app.followToEnd(ctx, target, run.Name, o.output.format, o.logs)
}

// followToEnd follows a run and shows how it ended; a run that failed is
// errRunFailed.
func (a *app) followToEnd(ctx context.Context, target *runTarget, name, format string, logs bool) error {
	run, err := a.follow(ctx, target, name, logs)
	if err != nil {
		return err
	}
	status := target.statusOf(ctx, run)
	status.Brief = a.Streams.ErrTerminal && a.Streams.OutTerminal && !a.quiet
	if err := a.showStatus(a.Streams.Out, status, format); err != nil {
		return err
	}
	if run.State.Bad() {
		return errRunFailed
	}
	return nil
}

func (a *app) showStatus(w io.Writer, status report.Status, format string) error {
	if format == "json" {
		return report.StatusJSON(w, status)
	}
	return report.StatusText(w, status, a.Now(), a.Streams.OutPalette())
}

// commas joins what there is.
func commas(parts ...string) string {
	var some []string
	for _, part := range parts {
		if part != "" {
			some = append(some, part)
		}
	}
	return strings.Join(some, ", ")
}
