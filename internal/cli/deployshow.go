package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/streams"
)

func (o *deployOptions) showPlan(plan deploy.Plan) error {
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, plan)
	}
	if err := showSteps(o.app.Streams.Out, plan, plan.Steps); err != nil {
		return err
	}
	o.app.printer().Say("plan for %s: %s; nothing was written", plan.Destination, plan.Summary())
	if d := plan.Deletions(); d.Hash != "" && plan.Namespace != "" {
		o.app.printer().Detail("hash of the deletions: %s", d.Hash)
	}
	return nil
}

func (o *deployOptions) showResult(result deploy.Result) error {
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, struct {
			header
			deploy.Result
		}{headed("DeployResult"), result})
	}
	plan := result.Plan
	if err := showSteps(o.app.Streams.Out, plan, plan.Only(deploy.Create, deploy.Change, deploy.Delete)); err != nil {
		return err
	}
	if !result.Written {
		o.app.printer().Say("%s has this already: nothing was written", plan.Destination)
		return nil
	}
	showDestination(o.app.Streams.Out, result)
	return nil
}

// showSteps is a table of steps, and what is worth knowing of them below.
func showSteps(out io.Writer, plan deploy.Plan, steps []deploy.Step) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, step := range steps {
		fmt.Fprintf(table, "%s\t%s\t%s", step.Action, step.Kind, step.Name)
		if step.File != "" {
			fmt.Fprintf(table, "\t%s", step.File)
		}
		for i, says := range step.Says {
			if i > 0 {
				fmt.Fprint(table, "\n\t\t")
			}
			fmt.Fprintf(table, "\t%s", streams.Safe(says))
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	showRemarks(out, plan)
	return nil
}

// showRemarks is what a plan keeps, takes over or leaves alone.
func showRemarks(out io.Writer, plan deploy.Plan) {
	for _, line := range plan.Remarks() {
		fmt.Fprintln(out, streams.Safe(line))
	}
}

// showDestination is the last line of a deploy that wrote something.
func showDestination(out io.Writer, result deploy.Result) {
	plan := result.Plan
	switch {
	case plan.Branch == "":
		fmt.Fprintf(out, "cluster %s: %s\n", plan.Destination, plan.Summary())
	case result.Pushed:
		fmt.Fprintf(out, "branch  %s at %s, pushed to %s\n", plan.Branch, result.Commit, plan.Remote)
	default:
		fmt.Fprintf(out, "branch  %s at %s\n", plan.Branch, result.Commit)
	}
}
