package report

import (
	"fmt"

	"gantline.dev/gantline/internal/objdiff"
)

// contextLines is how many equal lines stand around a change.
const contextLines = 3

// diffLine is one line of a unified comparison. Op is empty for a line of both
// sides, and gap for the line that says where a part starts.
type diffLine struct {
	Op   objdiff.Op
	Text string // without sign
}

const gap objdiff.Op = "gap"

// Sign is what stands before the line's text.
func (l diffLine) Sign() string {
	switch l.Op {
	case objdiff.Added:
		return "+"
	case objdiff.Removed:
		return "-"
	case gap:
		return ""
	}
	return " "
}

// unified compares two texts: changed lines with their surroundings, parts
// separated by gap lines.
func unified(before, after string) []diffLine {
	lines := objdiff.Lines(before, after)
	near := make([]bool, len(lines))
	for i, line := range lines {
		if line.Op != "" {
			for k := max(0, i-contextLines); k <= min(len(lines)-1, i+contextLines); k++ {
				near[k] = true
			}
		}
	}
	var out []diffLine
	for i, line := range lines {
		if !near[i] {
			continue
		}
		if i > 0 && !near[i-1] {
			out = append(out, diffLine{Op: gap, Text: fmt.Sprintf("@@ line %d @@", max(line.Base, line.Head))})
		}
		out = append(out, diffLine{Op: line.Op, Text: line.Text})
	}
	return out
}
