package streams

import (
	"fmt"
	"strings"
)

// maxLive is how many running tasks are drawn; more than that are counted.
const maxLive = 8

// Control sequences of the live lines. Wrapping is off only within one write,
// so that a line longer than the terminal takes one row and a killed process
// leaves nothing behind.
const (
	eraseBelow = "\x1b[0J"
	wrapOff    = "\x1b[?7l"
	wrapOn     = "\x1b[?7h"
)

// erase takes the live lines off the screen. The caller holds mu.
func (p *Printer) erase() string {
	if p.painted == 0 {
		return ""
	}
	up := fmt.Sprintf("\r\x1b[%dA", p.painted)
	p.painted = 0
	return up + eraseBelow
}

// paint draws a line for each running task. The caller holds mu.
func (p *Printer) paint() string {
	if len(p.tasks) == 0 {
		return ""
	}
	spinner := [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	sign := p.palette.Link(spinner[p.frame%len(spinner)])
	var out strings.Builder
	out.WriteString(wrapOff)
	for _, task := range p.tasks[:min(len(p.tasks), maxLive)] {
		out.WriteString(sign + " " + task.title + "  " + p.palette.Faint(task.progress()) + "\n")
		p.painted++
	}
	if more := len(p.tasks) - maxLive; more > 0 {
		fmt.Fprintf(&out, "  and %d more\n", more)
		p.painted++
	}
	out.WriteString(wrapOn)
	return out.String()
}
