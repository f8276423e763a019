package wheels

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// markerError is what is wrong with a marker, at a byte of its text.
type markerError struct {
	offset  int
	message string
}

func (e *markerError) Error() string { return e.message }

// maxNesting bounds parentheses: each costs a call.
const maxNesting = 100

// markerParser goes over a marker's text once.
type markerParser struct {
	text  string
	at    int
	depth int
}

// parseMarker reads a marker. Its error is a *markerError.
func parseMarker(text string) (marker, error) {
	p := &markerParser{text: text}
	m, err := p.choice()
	if err != nil {
		return marker{}, err
	}
	if p.space(); p.at < len(text) {
		return marker{}, p.errorf(`expected "and", "or" or the end of the marker`)
	}
	return m, nil
}

func (p *markerParser) errorf(format string, args ...any) error {
	return &markerError{min(p.at, len(p.text)), fmt.Sprintf(format, args...)}
}

func (p *markerParser) space() {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], " \t\r\n"))
}

// choice is one or more sequences with "or" between them.
func (p *markerParser) choice() (marker, error) { return p.chain("or", p.sequence) }

// sequence is one or more terms with "and" between them.
func (p *markerParser) sequence() (marker, error) { return p.chain("and", p.term) }

func (p *markerParser) chain(word string, part func() (marker, error)) (marker, error) {
	m := marker{op: word}
	for {
		kid, err := part()
		if err != nil {
			return marker{}, err
		}
		m.kids = append(m.kids, kid)
		start := p.at
		if p.word() != word {
			p.at = start
			break
		}
	}
	if len(m.kids) == 1 {
		return m.kids[0], nil
	}
	return m, nil
}

// term is a comparison or a marker in parentheses.
func (p *markerParser) term() (marker, error) {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], "(") {
		return p.relation()
	}
	if p.depth++; p.depth > maxNesting {
		return marker{}, p.errorf("the marker has more than %d parentheses in each other", maxNesting)
	}
	p.at++
	m, err := p.choice()
	if err != nil {
		return marker{}, err
	}
	p.depth--
	if p.space(); !strings.HasPrefix(p.text[p.at:], ")") {
		return marker{}, p.errorf(`expected ")"`)
	}
	p.at++
	return m, nil
}

func (p *markerParser) relation() (marker, error) {
	start := p.at
	left, err := p.operand()
	if err != nil {
		return marker{}, err
	}
	op, err := p.operator()
	if err != nil {
		return marker{}, err
	}
	right, err := p.operand()
	if err != nil {
		return marker{}, err
	}
	m := marker{op: op, left: left, right: right}
	if fault := m.fault(); fault != "" {
		return marker{}, &markerError{start, fault}
	}
	return m, nil
}

// fault is why a comparison means nothing, or "".
func (m marker) fault() string {
	set := variables[m.left.variable] == inSet && m.left.variable != ""
	contains := m.op == "in" || m.op == "not in"
	switch kind := m.comparison(); {
	case (m.left.variable == "") == (m.right.variable == ""):
		return "a marker compares a variable with a text"
	case set, kind == inSet && !contains:
		return fmt.Sprintf("%s is a set: write 'NAME' in %[1]s", m.left.variable+m.right.variable)
	case contains:
		return ""
	case kind == byVersion && m.right.variable == "":
		if _, err := parseSpecifier(m.op + m.right.text); err != nil {
			return err.Error()
		}
	case kind == byVersion:
		if _, ok := parseVersion(m.left.text); !ok {
			return fmt.Sprintf("%q is no version", m.left.text)
		}
	case m.op != "==" && m.op != "!=":
		return fmt.Sprintf("%s is a text, which %s doesn't compare", m.left.variable+m.right.variable, m.op)
	}
	return ""
}

// word is the name at the current place, or "".
func (p *markerParser) word() string {
	p.space()
	start := p.at
	for p.at < len(p.text) && isWord(p.text[p.at]) {
		p.at++
	}
	return p.text[start:p.at]
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

func (p *markerParser) operand() (operand, error) {
	p.space()
	rest := p.text[p.at:]
	if rest != "" && (rest[0] == '\'' || rest[0] == '"') {
		end := strings.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return operand{}, p.errorf("the text has no closing %c", rest[0])
		}
		p.at += end + 2
		return operand{text: rest[1 : end+1]}, nil
	}
	start := p.at
	name := p.word()
	if modern, old := oldVariables[name]; old {
		name = modern
	}
	if _, known := variables[name]; known {
		return operand{variable: name}, nil
	}
	p.at = start
	if name == "" {
		return operand{}, p.errorf("expected a variable or a quoted text")
	}
	if near, ok := diag.Nearest(name, slices.Sorted(maps.Keys(variables))); ok {
		return operand{}, p.errorf("markers have no variable %q; did you mean %q?", name, near)
	}
	return operand{}, p.errorf("markers have no variable %q", name)
}

func (p *markerParser) operator() (string, error) {
	p.space()
	for _, op := range []string{"===", "==", "~=", "!=", "<=", ">=", "<", ">"} {
		if strings.HasPrefix(p.text[p.at:], op) {
			p.at += len(op)
			return op, nil
		}
	}
	start := p.at
	switch p.word() {
	case "in":
		return "in", nil
	case "not":
		if p.word() == "in" {
			return "not in", nil
		}
	}
	p.at = start
	return "", p.errorf("expected a comparison, one of === == ~= != <= >= < > in, not in")
}
