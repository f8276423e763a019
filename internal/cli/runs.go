package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/report"
)

type runsOptions struct {
	app    *app
	output output
	target string
	flow   string
	limit  int
}

func (a *app) runsCommand() *cobra.Command {
	opts := &runsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the project's runs on a cluster, newest first",
		Long: `Lists the runs of the project, whoever started them: "gantline run", a
schedule, a person. A commit with a plus is uncommitted work.`,
		Args: noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return opts.run(cmd.Context()) },
	}
	opts.output.bindFormat(cmd, "text", "json")
	cmd.Flags().StringVar(&opts.flow, "flow", "", "runs of this flow only")
	_ = cmd.RegisterFlagCompletionFunc("flow", a.completeFlows)
	cmd.Flags().IntVarP(&opts.limit, "limit", "n", 20, "how many at most; 0 for all")
	a.bindTarget(cmd, &opts.target)
	return cmd
}

func (o *runsOptions) run(ctx context.Context) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.limit < 0 {
		return usageError{errors.New("--limit can't be negative")}
	}
	target, err := o.app.runTarget(ctx, o.target)
	if err != nil {
		return err
	}
	list, err := target.client.List(ctx, o.flow)
	if err != nil {
		return err
	}
	all := len(list)
	if o.limit > 0 && all > o.limit {
		list = list[:o.limit]
	}
	for i := range list {
		list[i].Steps = nil // status has them
	}
	if o.output.format == "json" {
		return report.RunsJSON(o.app.Streams.Out, list)
	}
	if all == 0 {
		what := fmt.Sprintf("project %q", target.project)
		if o.flow != "" {
			what = fmt.Sprintf("flow %q of %s", o.flow, what)
		}
		o.app.printer().Say("%s has no runs in %s", what, target.client)
		return nil
	}
	if err := report.RunsText(o.app.Streams.Out, list, o.app.Now(), o.app.Streams.OutPalette()); err != nil {
		return err
	}
	if all > len(list) {
		o.app.printer().Say("%d of %d runs; -n 0 shows all", len(list), all)
	}
	return nil
}
