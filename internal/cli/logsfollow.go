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
	streaming := newLogStreams(ctx, target, name, o, printer, say.Warn)
	following, done := context.WithCancel(ctx)
	defer done()
	_, err := target.client.Follow(following, name, runs.Viewer{
		Changed: func(run runs.Run) {
			streaming.begin(run, only)
			if step, ok := run.Step(only); ok && step.State.Ended() {
				done()
			}
		},
		Lost:  func(err error) { say.Warn("%s; the run goes on, and so does the asking", firstLine(err)) },
		Found: func() { say.Say("the cluster answers again") },
	})
	streaming.finish()
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		err = nil // the step ended, and nothing more comes
	}
	return errors.Join(err, printer.err)
}

// logStreams reads the logs of pods as they start.
type logStreams struct {
	ctx     context.Context // of the reading, which goes on a little after the run
	stop    context.CancelFunc
	target  *runTarget
	run     string
	options runs.LogOptions
	printer *logPrinter
	warn    func(format string, args ...any)
	started map[string]bool
	all     sync.WaitGroup
}

func newLogStreams(ctx context.Context, target *runTarget, run string, o runs.LogOptions, printer *logPrinter, warn func(string, ...any)) *logStreams {
	l := &logStreams{target: target, run: run, options: o, printer: printer, warn: warn, started: map[string]bool{}}
	l.ctx, l.stop = context.WithCancel(ctx)
	return l
}

// finish waits for what the pods wrote last, which is on its way still.
func (l *logStreams) finish() {
	timer := time.AfterFunc(logTail, l.stop)
	l.all.Wait()
	timer.Stop()
	l.stop()
}

// begin starts to read the pods that are new.
func (l *logStreams) begin(run runs.Run, only string) {
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
				if names, err = l.target.client.Pods(l.ctx, l.run); err != nil {
					l.warn("the logs cannot be read: %s", err)
					return
				}
			}
			l.started[pod.Node] = true
			l.all.Go(func() { l.read(names[pod.Node], stepPod{step.Name, pod}) })
		}
	}
}

func (l *logStreams) read(name string, p stepPod) {
	if err := l.target.client.Log(l.ctx, name, l.options, l.printer.of(p)); err != nil && l.ctx.Err() == nil {
		l.warn("log of %s: %s", podTitle(p), err)
	}
}
