package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/internal/runs"
	"gantline.dev/gantline/internal/streams"
)

// leftError says that the user went away and the run goes on.
type leftError struct{ run, flag string }

// Error names the commands that follow and stop it.
func (e leftError) Error() string {
	return fmt.Sprintf("left; run %s goes on\n  follow it: gantline status %s%s --follow\n  stop it:   gantline stop %s%s", e.run, e.run, e.flag, e.run, e.flag)
}

// follow shows a run until it ended, and gives it as it ended then; with logs,
// what its steps write too. An interrupt leaves it running: the error is a
// leftError.
func (a *app) follow(ctx context.Context, target *runTarget, name string, logs bool) (runs.Run, error) {
	view := &runView{printer: a.printer(), now: a.Now, stamped: logs || !a.Streams.Animated, live: !logs, shown: map[string]shownStep{}}
	changed := view.changed
	if logs {
		streaming := newLogStreams(ctx, target, name, runs.LogOptions{Follow: true, Tail: -1}, a.logPrinter(), view.printer.Warn)
		defer streaming.finish()
		changed = func(run runs.Run) {
			view.changed(run)
			streaming.begin(run, "")
		}
	}
	run, err := target.client.Follow(ctx, name, runs.Viewer{
		Changed: changed,
		Lost:    func(err error) { view.printer.Warn("%s; the run goes on, and so does the asking", firstLine(err)) },
		Found:   func() { view.printer.Say("the cluster answers again") },
	})
	view.close()
	if ctx.Err() != nil {
		return run, leftError{name, target.flag}
	}
	var lost *runs.LostError
	if errors.As(err, &lost) && !lost.Gone {
		return run, fmt.Errorf("%w\n  follow it later: gantline status %s%s --follow", err, name, target.flag)
	}
	return run, err
}

// firstLine is an error without what the user could do: it is tried again.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// runView shows a run's steps as they change: one line a change, and on a
// terminal a line at the bottom for each step under way.
type runView struct {
	printer *streams.Printer
	now     func() time.Time
	// stamped says that lines begin with the time.
	stamped bool
	// live says that what is under way has a task: a line at the bottom of a
	// terminal, a word now and then elsewhere.
	live bool

	mu    sync.Mutex
	shown map[string]shownStep
	width int
	// waits is the line for a run that Argo has not taken up.
	waits *streams.Task
}

// shownStep is what was last said of a step.
type shownStep struct {
	note string
	task *streams.Task
	// said are the reasons to wait that have had a line: a pull that fails goes
	// back and forth between two of them.
	said []string
}

func (v *runView) changed(run runs.Run) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.taken(run)
	for _, step := range run.Steps {
		v.width = max(v.width, len(step.Name))
	}
	for _, step := range run.Steps {
		v.step(step)
	}
	if run.State.Ended() {
		v.drop()
	}
}

// taken shows that a run waits for Argo, while it does.
func (v *runView) taken(run runs.Run) {
	waiting := run.State == runs.Pending
	switch {
	case !v.live:
	case waiting && v.waits == nil:
		v.waits = v.printer.Start("waiting for Argo to take the run up")
	case waiting && run.Message != "":
		v.waits.Note("%s", run.Message)
	case !waiting && v.waits != nil:
		v.waits.Drop()
		v.waits = nil
	}
}

func (v *runView) step(step runs.Step) {
	last := v.shown[step.Name]
	note := report.StepNote(step)
	if step.State == runs.Waiting || note == last.note {
		return
	}
	last.note = note
	switch {
	case step.State.Ended():
		if last.task != nil {
			last.task.Drop()
			last.task = nil
		}
		v.line(step, report.StepText(step, v.now()))
	default:
		if last.task == nil && v.live {
			last.task = v.printer.StartedAt(fmt.Sprintf("%-*s", v.width, step.Name), v.began(step))
		}
		if last.task != nil {
			last.task.Note("%s", note)
		}
		if v.stamped && !slices.Contains(last.said, note) {
			v.line(step, note)
		}
		last.said = append(last.said, note)
		if step.State == runs.Running {
			last.said = nil
		}
	}
	v.shown[step.Name] = last
}

// began is when the step did; the cluster's clock may be ahead of ours.
func (v *runView) began(step runs.Step) time.Time {
	now := v.now()
	if step.Started.IsZero() || step.Started.After(now) {
		return now
	}
	return step.Started
}

func (v *runView) line(step runs.Step, text string) {
	sign := streams.Going
	switch {
	case step.State == runs.Succeeded:
		sign = streams.Good
	case step.State.Bad():
		sign = streams.Bad
	case step.State.Ended():
		sign = streams.None
	}
	if v.stamped {
		text = fmt.Sprintf("%s %-*s  %s", v.now().Format(time.TimeOnly), v.width, step.Name, text)
	} else {
		text = fmt.Sprintf("%-*s  %s", v.width, step.Name, text)
	}
	v.printer.Mark(sign, "%s", text)
}

func (v *runView) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.drop()
}

// drop takes all live lines away.
func (v *runView) drop() {
	if v.waits != nil {
		v.waits.Drop()
		v.waits = nil
	}
	for name, shown := range v.shown {
		if shown.task != nil {
			shown.task.Drop()
			shown.task = nil
			v.shown[name] = shown
		}
	}
}
