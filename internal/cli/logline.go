package cli

import (
	"io"
	"regexp"
	"strings"
	"sync"

	"gantline.dev/gantline/internal/streams"
)

// colour is the one kind of escape sequence that changes nothing but how the
// text after it looks.
var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// logLine is a line of a log for a terminal: of a progress bar, which goes back
// to the line's start again and again, what stood there last; colours where
// they are wanted; nothing else that the terminal would act on.
func logLine(line string, colours bool) string {
	line = strings.TrimRight(line, "\r")
	line = line[strings.LastIndexByte(line, '\r')+1:]
	var out strings.Builder
	coloured, from := false, 0
	for _, at := range colour.FindAllStringIndex(line, -1) {
		out.WriteString(streams.SafeLines(line[from:at[0]]))
		if from = at[1]; colours {
			out.WriteString(line[at[0]:at[1]])
			coloured = true
		}
	}
	out.WriteString(streams.SafeLines(line[from:]))
	if coloured {
		out.WriteString("\x1b[0m")
	}
	return out.String()
}

// ownLines hands on the lines that the step itself wrote. Around them stand
// those of gantline-step, that the step began and ended, and of Argo's
// executor, which has the container's first process.
func ownLines(line func(string)) func(string) {
	argo := false
	return func(text string) {
		after := argo
		argo = strings.HasPrefix(text, `time="`) && strings.Contains(text, " argo=true")
		switch {
		case argo, isEvent(text):
		case after && strings.HasPrefix(text, "Error: exit status "):
		default:
			line(text)
		}
	}
}

// isEvent says whether gantline-step wrote a line.
func isEvent(line string) bool {
	return strings.HasPrefix(line, `{"time":"`) && (strings.Contains(line, `,"event":"start"`) || strings.Contains(line, `,"event":"end"`))
}

// logPrinter writes lines of several pods, each whole.
type logPrinter struct {
	out io.Writer
	// prefixed says that lines begin with the name of their pod's step.
	prefixed bool
	// all hands on lines that no step wrote, too.
	all bool
	// clean prepares a line for where it is written.
	clean func(string) string

	mu  sync.Mutex
	err error
}

// logPrinter writes to standard output: to a terminal what it can show, else
// what the steps wrote, byte for byte.
func (a *app) logPrinter() *logPrinter {
	clean := func(line string) string { return line }
	if a.Streams.OutTerminal {
		clean = func(line string) string { return logLine(line, a.Streams.OutColor) }
	}
	return &logPrinter{out: a.Streams.Out, prefixed: true, clean: clean}
}

// of is what prints the lines of one pod.
func (l *logPrinter) of(p stepPod) func(string) {
	prefix := ""
	if l.prefixed {
		prefix = podTitle(p) + " | "
	}
	write := func(line string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		if _, err := io.WriteString(l.out, prefix+l.clean(line)+"\n"); err != nil && l.err == nil {
			l.err = err
		}
	}
	if l.all {
		return write
	}
	return ownLines(write)
}
