package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/runs"
)

type logsOptions struct {
	app      *app
	target   string
	follow   bool
	attempts bool
	all      bool
	tail     int
}

func (a *app) logsCommand() *cobra.Command {
	opts := &logsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "logs [RUN [STEP]]",
		Short: "Show what the steps of a run wrote",
		Long: `Prints the logs of a run's steps in the order of the flow, or of one step. Where
there are several pods, each line begins with the step's name, with the index of
the item of a foreach. RUN defaults to your latest; a single argument may also
be a step of it. Of a step that was retried the last attempt is shown.`,
		Args:              atMost(2, "two arguments"),
		ValidArgsFunction: a.completeRuns(&opts.target),
		RunE:              func(cmd *cobra.Command, args []string) error { return opts.run(cmd.Context(), args) },
	}
	cmd.Flags().BoolVarP(&opts.follow, "follow", "f", false, "go on until the run, or the step, ended")
	cmd.Flags().BoolVar(&opts.attempts, "attempts", false, "show every attempt of a step that was retried")
	cmd.Flags().BoolVar(&opts.all, "all", false, "show the lines of gantline-step and of Argo's executor too")
	cmd.Flags().IntVar(&opts.tail, "tail", -1, "only the last lines of each pod; -1 for all")
	a.bindTarget(cmd, &opts.target)
	return cmd
}

func (o *logsOptions) run(ctx context.Context, args []string) error {
	if o.tail < -1 {
		return usageError{errors.New("--tail is a number of lines, or -1 for all")}
	}
	target, err := o.app.runTarget(ctx, o.target)
	if err != nil {
		return err
	}
	run, step, err := o.resolve(ctx, target, args)
	if err != nil {
		return err
	}
	printer := o.app.logPrinter()
	printer.all = o.all
	if o.follow {
		only, _ := run.Step(step)
		printer.prefixed = step == "" || only.Items != nil
		err = o.app.followLogs(ctx, target, run.Name, step, runs.LogOptions{Follow: true, Tail: o.tail}, printer)
		if ctx.Err() != nil {
			return leftError{run.Name, target.flag}
		}
		return err
	}
	return o.show(ctx, target, run, step, printer)
}

// resolve is the run and the step that are meant; no step is all of them.
func (o *logsOptions) resolve(ctx context.Context, target *runTarget, args []string) (run runs.Run, step string, err error) {
	run, err = target.resolve(ctx, args)
	var unknown *runs.UnknownRunError
	if errors.As(err, &unknown) && len(args) == 1 {
		// It may be a step of the latest run.
		latest, latestErr := target.resolve(ctx, nil)
		if _, ok := latest.Step(args[0]); latestErr == nil && ok {
			return latest, args[0], nil
		}
	}
	if err != nil || len(args) < 2 {
		return run, "", err
	}
	if _, ok := run.Step(args[1]); !ok {
		text := fmt.Sprintf("run %s has no step %q", run.Name, args[1])
		if near, ok := diag.Nearest(args[1], run.StepNames()); ok {
			return run, "", usageError{fmt.Errorf("%s; did you mean %q?", text, near)}
		}
		return run, "", usageError{fmt.Errorf("%s; it has %s", text, strings.Join(run.StepNames(), ", "))}
	}
	return run, args[1], nil
}

// show prints the logs that are there, one pod after the other.
func (o *logsOptions) show(ctx context.Context, target *runTarget, run runs.Run, step string, printer *logPrinter) error {
	pods := o.pods(run, step)
	if len(pods) == 0 {
		o.app.printer().Say("%s has started no pod yet, so there is no log", nameOf(run, step))
		return nil
	}
	printer.prefixed = len(pods) > 1
	names, err := target.client.Pods(ctx, run.Name)
	if err != nil {
		return err
	}
	var gone []string
	for _, p := range pods {
		err := target.client.Log(ctx, names[p.pod.Node], runs.LogOptions{Tail: o.tail}, printer.of(p))
		if err != nil && !errors.Is(err, runs.ErrNoPod) {
			return err
		}
		if err != nil {
			gone = append(gone, podTitle(p))
		}
	}
	if len(gone) > 0 {
		o.app.printer().Warn("log of %s: %s", namedFew(gone), whyNoLog(run, runs.ErrNoPod))
	}
	if len(gone) == len(pods) {
		return errors.New("there is no log to show")
	}
	return printer.err
}

func nameOf(run runs.Run, step string) string {
	if step == "" {
		return "run " + run.Name
	}
	return fmt.Sprintf("step %q of run %s", step, run.Name)
}

// pods are those to show, in the order of the flow.
func (o *logsOptions) pods(run runs.Run, only string) []stepPod {
	var out []stepPod
	for _, step := range run.Steps {
		if only != "" && step.Name != only {
			continue
		}
		pods := step.LastPods()
		if o.attempts {
			pods = step.Pods
		}
		for _, pod := range pods {
			out = append(out, stepPod{step.Name, pod})
		}
	}
	return out
}

// podTitle names a pod by its step: eval[2], or train (attempt 2).
func podTitle(p stepPod) string {
	title := p.step
	if p.pod.Item >= 0 {
		title += fmt.Sprintf("[%d]", p.pod.Item)
	}
	if p.pod.Attempt > 1 {
		title += fmt.Sprintf(" (attempt %d)", p.pod.Attempt)
	}
	return title
}
