package streams

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/internal/diag"
)

// Task is one piece of work that takes time. It ends with Done, Skip or Fail,
// whichever comes first; what is called afterwards does nothing.
type Task struct {
	printer *Printer
	title   string
	note    string
	started time.Time
	ended   bool
}

// Start begins a task that the title names, such as "building image train".
func (p *Printer) Start(title string) *Task { return p.StartedAt(title, p.now()) }

// StartedAt is Start for work that began earlier.
func (p *Printer) StartedAt(title string, began time.Time) *Task {
	p.mu.Lock()
	defer p.mu.Unlock()
	task := &Task{printer: p, title: Safe(title), started: began}
	p.tasks = append(p.tasks, task)
	if p.stop == nil && p.level != Quiet {
		p.stop = make(chan struct{})
		go p.run(p.stop)
	}
	return task
}

// run redraws live lines, or says now and then what is waited for, until stop
// is closed.
func (p *Printer) run(stop <-chan struct{}) {
	interval := heartbeatTime
	if p.live {
		interval = frameTime
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			p.tick()
		}
	}
}

func (p *Printer) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.live {
		p.frame++
		p.write("")
		return
	}
	for _, task := range p.tasks {
		p.write("  " + task.title + ": " + strings.TrimPrefix(task.progress(), " ") + "\n")
	}
}

// Note says where the task stands, in words.
func (t *Task) Note(format string, args ...any) {
	t.printer.mu.Lock()
	defer t.printer.mu.Unlock()
	t.note = Safe(fmt.Sprintf(format, args...))
}

// Count says that done of total things are done; a total of 0 is unknown.
func (t *Task) Count(done, total int64, noun string) {
	if total > 0 {
		t.Note("%d of %d %s", done, total, noun)
		return
	}
	t.Note("%d %s", done, noun)
}

// Bytes says that done of total bytes are done; a total of 0 is unknown.
func (t *Task) Bytes(done, total int64) {
	if total > 0 {
		t.Note("%s of %s", diag.Size(done), diag.Size(total))
		return
	}
	t.Note("%s", diag.Size(done))
}

// Done ends the task well. The summary says what came of it and may be empty.
func (t *Task) Done(summary string) { t.end("✓", t.printer.palette.Good, summary, Normal) }

// Skip ends a task that had nothing to do; the summary says why.
func (t *Task) Skip(summary string) { t.end("–", t.printer.palette.Faint, summary, Normal) }

// Fail ends the task badly; the summary says how. It is printed at every
// level.
func (t *Task) Fail(summary string) { t.end("✗", t.printer.palette.Bad, summary, Quiet) }

// Drop ends the task without a word.
func (t *Task) Drop() {
	t.printer.mu.Lock()
	defer t.printer.mu.Unlock()
	if t.finish() {
		t.printer.write("")
	}
}

// finish takes the task off the list; false where it ended before. The caller
// holds mu.
func (t *Task) finish() bool {
	p := t.printer
	if t.ended {
		return false
	}
	t.ended = true
	p.tasks = slices.DeleteFunc(p.tasks, func(other *Task) bool { return other == t })
	if len(p.tasks) == 0 && p.stop != nil {
		close(p.stop)
		p.stop = nil
	}
	return true
}

func (t *Task) end(sign string, style func(string) string, summary string, level Level) {
	p := t.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	if !t.finish() || p.level < level {
		return
	}
	line := style(sign) + " " + t.title
	if summary != "" {
		line += ": " + Safe(summary)
	}
	p.write(line + " " + p.palette.Faint(Elapsed(p.now().Sub(t.started))) + "\n")
}

// progress is the note, where there is one, and the time so far.
func (t *Task) progress() string {
	elapsed := Elapsed(t.printer.now().Sub(t.started))
	if t.note == "" {
		return elapsed
	}
	return t.note + ", " + elapsed
}

// Elapsed is a duration as people read it: 340ms, 4.2s, 3m05s, 2h07m.
func Elapsed(d time.Duration) string {
	switch d = max(d, 0); {
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%dms", d.Round(time.Millisecond).Milliseconds())
	case d < 59950*time.Millisecond:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour-500*time.Millisecond:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
