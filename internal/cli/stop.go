package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/runs"
)

type stopOptions struct {
	app       *app
	output    output
	target    string
	terminate bool
	detach    bool
}

func (a *app) stopCommand() *cobra.Command {
	opts := &stopOptions{app: a}
	cmd := &cobra.Command{
		Use:   "stop [RUN]",
		Short: "Stop a run, and wait for its end",
		Long: `Stops the steps of a run. Those of on_exit that wait for no other still start,
unless --terminate ends everything at once; Argo does not wait for them, and
starts no later ones. RUN defaults to your only run that goes on. A run that ended
already stays as it is.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRuns(&opts.target),
		RunE:              func(cmd *cobra.Command, args []string) error { return opts.run(cmd.Context(), args) },
	}
	opts.output.bindFormat(cmd, "text", "json")
	cmd.Flags().BoolVar(&opts.terminate, "terminate", false, "run no steps of on_exit")
	cmd.Flags().BoolVarP(&opts.detach, "detach", "d", false, "don't wait for the end")
	a.bindTarget(cmd, &opts.target)
	return cmd
}

func (o *stopOptions) run(ctx context.Context, args []string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	target, err := o.app.runTarget(ctx, o.target)
	if err != nil {
		return err
	}
	run, err := o.choose(ctx, target, args)
	if err != nil {
		return err
	}
	printer := o.app.printer()
	if run.State.Ended() {
		printer.Say("run %s ended already: nothing was stopped", run.Name)
		return o.app.showStatus(o.app.Streams.Out, target.statusOf(ctx, run), o.output.format)
	}
	how := runs.Stop
	if o.terminate {
		how = runs.Terminate
	}
	if err := target.client.Stop(ctx, run.Name, how); err != nil {
		return err
	}
	printer.Say("asked Argo to stop run %s", run.Name)
	if o.detach {
		return nil
	}
	ended, err := o.app.follow(ctx, target, run.Name, false)
	if err != nil {
		return err
	}
	if ended.State != runs.Stopped {
		printer.Say("run %s ended by itself before it was stopped", run.Name)
	}
	return o.app.showStatus(o.app.Streams.Out, target.statusOf(ctx, ended), o.output.format)
}

// choose is the run that was named, or the user's only one that goes on: a
// guess must not stop somebody else's.
func (o *stopOptions) choose(ctx context.Context, target *runTarget, args []string) (runs.Run, error) {
	if len(args) > 0 {
		return target.client.Get(ctx, args[0])
	}
	list, err := target.client.List(ctx, "")
	if err != nil {
		return runs.Run{}, err
	}
	list = slices.DeleteFunc(list, func(r runs.Run) bool { return r.State.Ended() || r.User != target.user })
	switch len(list) {
	case 0:
		return runs.Run{}, usageError{fmt.Errorf("no run of %s goes on in %s; to stop somebody else's, name it (gantline runs%s)", target.user, target.client, target.flag)}
	case 1:
		return list[0], nil
	}
	return runs.Run{}, usageError{errors.New("several of your runs go on; name one: " + strings.Join(runNames(list), ", "))}
}
