// Package streams is where Gantline meets a terminal: standard input, output
// and error, whether they may be coloured or animated, how wide they are, and
// the Printer that tells users how work goes.
//
// A newcomer starts at System, which internal/cli calls once, and at
// Streams.Printer. Answers go to Out and nothing else does; whatever tells how
// the work goes is printed by a Printer on Err.
//
// Three rules hold for everything printed here:
//
//   - NO_COLOR, CI=true and a stream that is no terminal each turn animation
//     off; what remains is one plain line an event.
//   - Text that comes from a repository (a file name, a commit's subject) can
//     hold escape sequences that rewrite a terminal. It passes through Safe
//     first; a Printer does that itself.
//   - Nothing has to be undone at exit: a process that is killed leaves the
//     terminal as it was.
package streams

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// DefaultWidth is the width, in columns, of what is not a terminal.
const DefaultWidth = 80

// Streams is the three standard streams and what they can do. It is a value
// that nothing changes after System or Test returned it.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	// OutTerminal and ErrTerminal say whether a person sees the stream.
	OutTerminal bool
	ErrTerminal bool
	// InTerminal says whether a person can be asked.
	InTerminal bool
	// OutColor and ErrColor say whether the stream may be coloured.
	OutColor bool
	ErrColor bool
	// Animated says whether lines on Err may be redrawn.
	Animated bool

	width func() int
}

// System is the process's own streams. The environment is read through
// getenv: NO_COLOR, CI, TERM and COLUMNS count.
func System(getenv func(string) string) *Streams {
	s := &Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		InTerminal:  isTerminal(os.Stdin),
		OutTerminal: isTerminal(os.Stdout),
		ErrTerminal: isTerminal(os.Stderr),
	}
	s.decide(getenv)
	s.width = func() int { return terminalWidth(getenv, os.Stdout, os.Stderr) }
	return s
}

// decide fills what follows from the terminals and the environment.
func (s *Streams) decide(getenv func(string) string) {
	able := getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	s.OutColor = able && s.OutTerminal
	s.ErrColor = able && s.ErrTerminal
	s.Animated = able && s.ErrTerminal && getenv("CI") != "true"
}

// Width is the terminal's width in columns now, or DefaultWidth where there is
// none. A terminal can be resized, so ask when writing.
func (s *Streams) Width() int {
	if s.width == nil {
		return DefaultWidth
	}
	return s.width()
}

// OutPalette is the colours of standard output.
func (s *Streams) OutPalette() Palette { return Palette{on: s.OutColor} }

// ErrPalette is the colours of standard error.
func (s *Streams) ErrPalette() Palette { return Palette{on: s.ErrColor} }

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// terminalWidth is the width of the first file that is a terminal, else
// COLUMNS, else DefaultWidth.
func terminalWidth(getenv func(string) string, files ...*os.File) int {
	for _, f := range files {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	if width, err := strconv.Atoi(getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return DefaultWidth
}
