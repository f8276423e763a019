package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/streams"
)

type deployOptions struct {
	app      *app
	output   output
	target   string
	planOnly bool
	allow    allowFlags
	pins     []string
	limit    int
}

func (a *app) deployCommand() *cobra.Command {
	opts := &deployOptions{app: a}
	cmd := &cobra.Command{
		Use:   "deploy [REV]",
		Short: "Bring a commit's rendered objects to a target",
		Long: `Plans, shows and applies what a commit's flows render to, pinned to the images
that the registry has for it. On a branch that is one commit; on a cluster
objects are created, changed and removed, a schedule that was suspended by hand
stays suspended, and runs under way go on. Where nothing changes nothing is
written. A commit that is not on the deploy branch is refused, and so are edits
by hand and unusually many deletions, unless a flag says otherwise.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.bind(cmd)
	cmd.Flags().BoolVar(&opts.planOnly, "plan-only", false, "show the plan and change nothing")
	opts.allow.bind(cmd)
	cmd.Flags().StringArrayVar(&opts.pins, "image", nil, "NAME=REF@DIGEST: the image to pin to")
	cmd.AddCommand(a.historyCommand())
	const revert = "revert on the deploy branch and deploy the revert"
	cmd.AddCommand(
		notYet("rollback N", "Deploy again what was deployed before", revert),
		notYet("resume", "Let deploys go on after a rollback", revert),
		notYet("drift", "Compare a target with what was deployed to it", `see what was deployed with "gantline deploy history"`),
	)
	return cmd
}

// allowFlags let a deploy to a cluster do what it refuses otherwise.
type allowFlags struct {
	force   bool
	confirm string
}

func (f *allowFlags) bind(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.force, "force-conflicts", false, "overwrite what was edited on the cluster by hand")
	cmd.Flags().StringVar(&f.confirm, "confirm-deletions", "", "`HASH`: allow the deletions that a refusal gave this hash for")
}

// options are those of a deploy to the target.
func (f allowFlags) options(target string) pipeline.DeployOptions {
	return pipeline.DeployOptions{Target: target, ForceConflicts: f.force, ConfirmDeletions: f.confirm}
}

func (o *deployOptions) bind(cmd *cobra.Command) {
	o.output.bindFormat(cmd, "text", "json")
	cmd.Flags().StringVar(&o.target, "target", "", "deploy target; may be left out where there is one")
	_ = cmd.RegisterFlagCompletionFunc("target", o.app.completeTargets)
}

// chooseTarget is the target that was named, or the only one there is.
func (o *deployOptions) chooseTarget(project *pipeline.Project) (config.Target, error) {
	names := deployable(project.Config)
	switch {
	case o.target != "":
		return project.Target(o.target)
	case len(names) == 1:
		return project.Target(names[0])
	}
	return config.Target{}, usageError{fmt.Errorf("name a deploy target with --target: %s", strings.Join(names, ", "))}
}

func (o *deployOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	pinned, err := parsePins(o.pins)
	if err != nil {
		return err
	}
	opened, project, err := o.app.openValid(ctx, rev, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	target, err := o.chooseTarget(project)
	if err != nil {
		return err
	}
	if err := project.MayDeploy(ctx, target.Name); err != nil {
		return err
	}
	means, closeMeans, err := o.app.means(meansFlags{})
	if err != nil {
		return err
	}
	defer closeMeans()
	objects, err := project.RenderPinned(ctx, means, pinned)
	if err != nil {
		return o.app.shown(err)
	}
	options := o.allow.options(target.Name)
	if o.planOnly {
		plan, err := project.PlanDeploy(ctx, means, options, objects)
		if plan.Kind == "" {
			return err
		}
		return errors.Join(o.showPlan(plan), err) // a refusal is of the plan that is shown
	}
	task := means.Printer.Start("deploying to " + target.Name)
	result, err := project.Deploy(ctx, means, options, task, objects)
	switch {
	case err != nil:
		task.Fail(string(pipeline.VerdictOf(ctx, err)))
		return err
	case !result.Written:
		task.Skip("nothing changed, nothing written")
	default:
		task.Done(result.Plan.Summary())
	}
	return o.showResult(result)
}

func (a *app) historyCommand() *cobra.Command {
	opts := &deployOptions{app: a}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List what was deployed to a target, newest first",
		Long: `Lists when which commit was deployed to a target, what changed there and who
deployed it, newest first. A cluster's inventory keeps the last twenty; deploys
that changed nothing are not among them.`,
		Args: noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return opts.history(cmd.Context()) },
	}
	opts.bind(cmd)
	cmd.Flags().IntVarP(&opts.limit, "limit", "n", 20, "how many at most; 0 for all")
	return cmd
}

func (o *deployOptions) history(ctx context.Context) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.limit < 0 {
		return usageError{errors.New("--limit can't be negative")}
	}
	opened, project, err := o.app.openProject(ctx, "HEAD", false)
	if err != nil {
		return err
	}
	defer opened.Close()
	if project.Config == nil {
		return o.app.invalid(project.Problems)
	}
	target, err := o.chooseTarget(project)
	if err != nil {
		return err
	}
	means, closeMeans, err := o.app.means(meansFlags{})
	if err != nil {
		return err
	}
	defer closeMeans()
	entries, err := project.DeployHistory(ctx, means, target.Name, o.limit)
	if err != nil {
		return err
	}
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, struct {
			header
			Target  string            `json:"target"`
			Deploys []deploy.Deployed `json:"deploys"`
		}{headed("DeployHistory"), target.Name, nonNil(entries)})
	}
	table := tabwriter.NewWriter(o.app.Streams.Out, 0, 0, 2, ' ', 0)
	for _, entry := range entries {
		at := entry.Time.Format("2006-01-02 15:04")
		if entry.Revision != "" {
			at = entry.Revision[:12] + "\t" + at
		}
		fmt.Fprintf(table, "%s\t%s\t%s", at, entry.Commit[:min(12, len(entry.Commit))], streams.Safe(entry.Summary))
		if entry.By != "" {
			fmt.Fprintf(table, "\t%s", streams.Safe(entry.By))
		}
		fmt.Fprintln(table)
	}
	if len(entries) == 0 {
		o.app.printer().Say("nothing was deployed to %s yet", target.Name)
	}
	return table.Flush()
}
