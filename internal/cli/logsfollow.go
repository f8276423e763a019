package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"gantline.dev/gantline/internal/runs"
)

// logTail is how long the logs of pods may go on after the run ended.
const logTail = 20 * time.Second

// followLogs prints what the pods of a run, or of one step of it, write until
// it ended.
func (a *app) followLogs(ctx context.Context, target *runTarget, name, only string, o runs.LogOptions, printer *logPrinter) error {
	say := a.printer()
	streaming := &logStreams{target: target, run: name, options: o, printer: printer, warn: say.Warn, started: map[string]bool{}}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	following, done := context.WithCancel(ctx)
	defer done()
	_, err := target.client.Follow(following, name, runs.Viewer{
		Changed: func(run runs.Run) {
			streaming.begin(reading, run, only)
			if step, ok := run.Step(only); ok && step.State.Ended() {
				done()
			}
		},
		Lost:  func(err error) { say.Warn("%s\n  the run goes on; trying again", err) },
		Found: func() { say.Say("the cluster answers again") },
	})
	// What the pods wrote last is on its way still.
	timer := time.AfterFunc(logTail, stop)
	defer timer.Stop()
	streaming.all.Wait()
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		err = nil // the step ended, and nothing more comes
	}
	return errors.Join(err, printer.err)
}

// logStreams reads the logs of pods as they start.
type logStreams struct {
	target  *runTarget
	run     string
	options runs.LogOptions
	printer *logPrinter
	warn    func(format string, args ...any)
	started map[string]bool
	all     sync.WaitGroup
}

// begin starts to read the pods that are new.
func (l *logStreams) begin(ctx context.Context, run runs.Run, only string) {
	var names map[string]string
	for _, step := range run.Steps {
		if only != "" && step.Name != only {
			continue
		}
		for _, pod := range step.Pods {
			if l.started[pod.Node] || pod.State == runs.Pending {
				continue
			}
			if names == nil {
				var err error
				if names, err = l.target.client.Pods(ctx, l.run); err != nil {
					l.warn("the logs cannot be read: %s", err)
					return
				}
			}
			l.started[pod.Node] = true
			l.all.Go(func() { l.read(ctx, names[pod.Node], stepPod{step.Name, pod}) })
		}
	}
}

func (l *logStreams) read(ctx context.Context, name string, p stepPod) {
	if err := l.target.client.Log(ctx, name, l.options, l.printer.of(p)); err != nil && ctx.Err() == nil {
		l.warn("log of %s: %s", podTitle(p), err)
	}
}
