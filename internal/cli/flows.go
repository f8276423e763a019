package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/internal/report"
)

type flowsOptions struct {
	app    *app
	output output
}

func (a *app) flowsCommand() *cobra.Command {
	opts := &flowsOptions{app: a}
	cmd := &cobra.Command{
		Use:               "flows [REV]",
		Short:             "List the flows of a revision",
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, workTree))
		},
	}
	opts.output.bind(cmd, "text", "json")
	return cmd
}

func (o *flowsOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	opened, project, err := o.app.openValid(ctx, rev, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	views := report.FlowViews(project.Flows, project.Flows, objdiff.Changes{})
	return o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, views) })
}

func (o *flowsOptions) show(w io.Writer, views []report.FlowView) error {
	if o.output.format == "json" {
		return writeJSON(w, struct {
			header
			Flows []report.FlowView `json:"flows"`
		}{headed("Flows"), nonNil(views)})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FLOW\tSTEPS\tSCHEDULE\tFILE")
	for _, view := range views {
		schedule := view.Schedule
		if schedule == "" {
			schedule = "-"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", view.Name, len(view.Graph.Nodes), schedule, view.File)
	}
	return table.Flush()
}
