package streams

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Level is how much a Printer says.
type Level int

// The levels. Warnings and failures are printed at each of them.
const (
	Quiet   Level = -1
	Normal  Level = 0
	Verbose Level = 1
)

// Times of the display: how often live lines are redrawn, and after how long
// without a word a plain log says what it waits for (CI services stop a job
// that is silent for some minutes).
const (
	frameTime     = 100 * time.Millisecond
	heartbeatTime = 30 * time.Second
)

// Printer tells a user on standard error how work goes: single lines, and
// tasks that take time. On a terminal running tasks are lines at the bottom
// that are redrawn; elsewhere each task is one line when it ends. All methods
// may be called from several goroutines. What is printed passes through Safe.
type Printer struct {
	out     io.Writer
	palette Palette
	level   Level
	live    bool
	width   func() int
	now     func() time.Time

	mu      sync.Mutex
	tasks   []*Task
	painted int // live lines now on the screen
	frame   int
	stop    chan struct{}
}

// Printer is a printer on Err. Lines are left out by the level.
func (s *Streams) Printer(level Level) *Printer {
	return &Printer{
		out: s.Err, palette: s.ErrPalette(), level: level,
		live: s.Animated && level != Quiet, width: s.Width, now: time.Now,
	}
}

// Say prints a line, except at level Quiet.
func (p *Printer) Say(format string, args ...any) {
	if p.level >= Normal {
		p.lines(fmt.Sprintf(format, args...), func(line string) string { return line })
	}
}

// Detail prints a line at level Verbose.
func (p *Printer) Detail(format string, args ...any) {
	if p.level >= Verbose {
		p.lines(fmt.Sprintf(format, args...), p.palette.Faint)
	}
}

// Warn prints a line that starts with "warning:", at every level.
func (p *Printer) Warn(format string, args ...any) {
	p.lines("warning: "+fmt.Sprintf(format, args...), p.palette.Warn)
}

// Sign is how something went, for Mark.
type Sign int

// The signs: under way, well, badly, not at all.
const (
	Going Sign = iota
	Good
	Bad
	None
)

// Mark prints a line after the sign of how something went, except at level
// Quiet.
func (p *Printer) Mark(sign Sign, format string, args ...any) {
	if p.level < Normal {
		return
	}
	mark := [...]string{p.palette.Link("▸"), p.palette.Good("✓"), p.palette.Bad("✗"), p.palette.Faint("–")}[sign]
	p.lines(fmt.Sprintf(format, args...), func(line string) string { return mark + " " + line })
}

// lines prints a text of one or more lines above the live lines.
func (p *Printer) lines(text string, style func(string) string) {
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		out.WriteString(style(Safe(line)))
		out.WriteByte('\n')
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(out.String())
}

// write prints finished lines above the live lines. The caller holds mu.
func (p *Printer) write(text string) {
	if !p.live {
		_, _ = io.WriteString(p.out, text)
		return
	}
	_, _ = io.WriteString(p.out, p.erase()+text+p.paint())
}

// Writer is a writer whose whole lines are printed as Say does, for the output
// of other programs. What follows the last newline waits for the next one.
func (p *Printer) Writer() io.Writer { return &lineWriter{printer: p} }

type lineWriter struct {
	printer *Printer
	mu      sync.Mutex
	rest    string
}

// Write implements io.Writer.
func (w *lineWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.rest + string(b)
	end := strings.LastIndexByte(text, '\n') + 1
	if w.rest = text[end:]; end > 0 {
		w.printer.Say("%s", text[:end])
	}
	return len(b), nil
}
