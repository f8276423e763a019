package cli

import (
	"context"

	"github.com/spf13/cobra"
)

type statusOptions struct {
	app    *app
	output output
	target string
	follow bool
}

func (a *app) statusCommand() *cobra.Command {
	opts := &statusOptions{app: a}
	cmd := &cobra.Command{
		Use:   "status [RUN]",
		Short: "Show a run, its steps and why they wait or failed",
		Long: `Shows how a run stands, step by step, and the ends of the logs of steps that
failed. RUN defaults to your latest, or to the latest of all where you have
none. With --follow it shows each change until the run ended, and exits with 5
where it failed.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRuns(&opts.target),
		RunE:              func(cmd *cobra.Command, args []string) error { return opts.run(cmd.Context(), args) },
	}
	opts.output.bindFormat(cmd, "text", "json")
	cmd.Flags().BoolVarP(&opts.follow, "follow", "f", false, "show each change until the run ended")
	a.bindTarget(cmd, &opts.target)
	return cmd
}

func (o *statusOptions) run(ctx context.Context, args []string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	target, err := o.app.runTarget(ctx, o.target)
	if err != nil {
		return err
	}
	run, err := target.resolve(ctx, args)
	if err != nil {
		return err
	}
	if o.follow {
		return o.app.followToEnd(ctx, target, run.Name, o.output.format, false)
	}
	return o.app.showStatus(o.app.Streams.Out, target.statusOf(ctx, run), o.output.format)
}
