package gitrepo

import (
	"bytes"
	"strings"
)

// progress is a writer for the standard error of a git that shows its progress:
// it tells how far a transfer is, and keeps the rest for an error's text.
type progress struct {
	tell func(string)
	rest tail
	line []byte
}

// Write implements io.Writer; it never fails.
func (p *progress) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		end := bytes.IndexAny(b, "\r\n")
		if end < 0 {
			p.line = append(p.line, b...)
			break
		}
		p.line = append(p.line, b[:end]...)
		p.take(string(p.line), b[end] == '\r')
		p.line, b = p.line[:0], b[end+1:]
	}
	if extra := len(p.line) - tailBytes; extra > 0 {
		p.line = append(p.line[:0], p.line[extra:]...)
	}
	return n, nil
}

// take sorts a line: git rewrites those that show progress, and ends them with
// the word done.
func (p *progress) take(line string, rewritten bool) {
	text := strings.TrimSpace(strings.TrimPrefix(line, "remote: "))
	switch {
	case text == "":
	case rewritten, strings.Contains(text, ", done."), strings.HasPrefix(text, "Total "), strings.HasPrefix(text, "Enumerating "):
		p.tell(text)
	default:
		_, _ = p.rest.Write([]byte(line + "\n"))
	}
}

// text is what an error says: all that was no progress.
func (p *progress) text() *tail {
	if len(p.line) > 0 {
		p.take(string(p.line), false)
		p.line = nil
	}
	return &p.rest
}
