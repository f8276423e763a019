package wheels

import "strings"

// String is the marker as it could be written, with the fewest parentheses.
func (m marker) String() string {
	if m.op != "and" && m.op != "or" {
		return m.left.String() + " " + m.op + " " + m.right.String()
	}
	var kids []string
	for _, kid := range m.kids {
		text := kid.String()
		if m.op == "and" && kid.op == "or" {
			text = "(" + text + ")"
		}
		kids = append(kids, text)
	}
	return strings.Join(kids, " "+m.op+" ")
}

func (o operand) String() string {
	switch {
	case o.variable != "":
		return o.variable
	case strings.Contains(o.text, "'"):
		return `"` + o.text + `"`
	default:
		return "'" + o.text + "'"
	}
}

// truth is what is known of a marker before there is an interpreter.
type truth int

const (
	undecided truth = iota
	always
	never
)

// foldExtras replaces what a marker says of `extra` by whether the name is among
// the active ones, and says what is left.
func (m marker) foldExtras(active map[string]bool) (marker, truth) {
	if m.op != "and" && m.op != "or" {
		name := m.left.text + m.right.text
		switch {
		case m.left.variable != "extra" && m.right.variable != "extra":
			return m, undecided
		case active[Normalize(name)] == (m.op == "=="):
			return marker{}, always
		default:
			return marker{}, never
		}
	}
	decides, neutral := never, always
	if m.op == "or" {
		decides, neutral = always, never
	}
	left := marker{op: m.op}
	for _, kid := range m.kids {
		folded, known := kid.foldExtras(active)
		switch known {
		case decides:
			return marker{}, decides
		case undecided:
			left.kids = append(left.kids, folded)
		}
	}
	switch len(left.kids) {
	case 0:
		return marker{}, neutral
	case 1:
		return left.kids[0], undecided
	default:
		return left, undecided
	}
}
