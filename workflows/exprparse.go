package workflows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// Grammar is the grammar of expressions in EBNF. It is the contract of the one
// parser below; the flow reference prints it.
const Grammar = `text       = { character | "${{" reference "}}" } .
condition  = or .
or         = and { "||" and } .
and        = not { "&&" not } .
not        = "!" not | comparison .
comparison = operand [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) operand ] .
operand    = reference | literal | "(" or ")" | "${{" or "}}" .
reference  = "params" "." name
           | "steps" "." name "." ( "outputs" | "artifacts" ) "." name
           | "steps" "." name "." "result"
           | "item" [ "." name ]
           | "run" "." ( "id" | "name" | "started" | "scheduled" | "url" | "verdict" )
           | "commit"
           | "image"
           | "failure" "." ( "step" | "reason" | "exit_code" ) .
literal    = string | number | "true" | "false" .
string     = '"' { character | "\" character } '"' | "'" { character } "'" .
number     = [ "-" ] digits [ "." digits ] [ ( "e" | "E" ) [ "+" | "-" ] digits ] .
name       = letter { letter | digit | "_" | "-" } .
`

// maxNesting bounds parentheses, so that no input exhausts the stack.
const maxNesting = 100

// exprParser is a recursive-descent parser of Grammar over one string.
type exprParser struct {
	lexer
	at    token
	depth int
}

func newExprParser(v diag.Value[string], offset int) *exprParser {
	p := &exprParser{lexer: lexer{value: v, offset: offset}}
	p.advance()
	return p
}

func (p *exprParser) advance() { p.at = p.next() }

// ParseText splits a string at its expressions. Problems of several
// expressions are all reported.
func ParseText(v diag.Value[string]) ([]Segment, []diag.Problem) {
	spans, problems := parseSpans(v)
	var segments []Segment
	done := 0
	for _, span := range spans {
		if span.start > done {
			segments = append(segments, Segment{Pos: v.At(done), Text: v.V[done:span.start]})
		}
		segments = append(segments, Segment{Pos: v.At(span.start), Ref: &span.ref})
		done = span.end
	}
	if done < len(v.V) {
		segments = append(segments, Segment{Pos: v.At(done), Text: v.V[done:]})
	}
	return segments, problems
}

// exprSpan is where one ${{ … }} stands in a string, in bytes.
type exprSpan struct {
	start, end int
	ref        Ref
}

// parseSpans finds every expression of a string that is a reference.
func parseSpans(v diag.Value[string]) ([]exprSpan, []diag.Problem) {
	var spans []exprSpan
	var problems []diag.Problem
	for offset := 0; ; {
		found := strings.Index(v.V[offset:], tokenOpen)
		if found < 0 {
			return spans, problems
		}
		start := offset + found
		p := newExprParser(v, start+len(tokenOpen))
		ref, end := p.reference(), p.at.end
		p.closed(start)
		if p.err != nil {
			problems = append(problems, *p.err)
			offset = resume(v.V, start+len(tokenOpen))
			continue
		}
		spans = append(spans, exprSpan{start: start, end: end, ref: ref})
		offset = end
	}
}

// resume is where to look for the next expression after a broken one: past its
// end, but not past the start of another.
func resume(text string, offset int) int {
	rest := text[offset:]
	end, open := strings.Index(rest, tokenClose), strings.Index(rest, tokenOpen)
	if end < 0 || open >= 0 && open < end {
		return offset
	}
	return offset + end + len(tokenClose)
}

// closed wants the end of the expression that opened at start.
func (p *exprParser) closed(start int) {
	switch {
	case p.err != nil || p.at.kind == tokenClose:
	case p.at.kind == tokenEnd || p.at.kind == tokenOpen:
		p.fail(start, "%s is not closed: no %s follows", tokenOpen, tokenClose)
	case slices.Contains([]string{"==", "!=", "<", "<=", ">", ">=", "&&", "||"}, p.at.kind):
		p.fail(p.at.offset, "a condition can't stand here, only a reference")
		p.hint("conditions belong in `if`")
	default:
		p.fail(p.at.offset, "expected %s, found %s", tokenClose, p.at)
	}
}

// ParseCondition reads the text of an `if`, with ${{ }} around the whole, around
// parts, or without.
func ParseCondition(v diag.Value[string]) (Cond, []diag.Problem) {
	p := newExprParser(v, 0)
	condition := p.or()
	if p.err == nil && p.at.kind != tokenEnd {
		p.fail(p.at.offset, "expected && or || or the end, found %s", p.at)
		p.wordHint()
	}
	if p.err != nil {
		return nil, []diag.Problem{*p.err}
	}
	return condition, nil
}

// wordHint explains operators that other languages spell as words.
func (p *exprParser) wordHint() { p.signHint(p.at.text) }

func (p *exprParser) signHint(word string) {
	sign := map[string]string{"and": "&&", "or": "||", "not": "!", "is": "==", "eq": "==", "in": "== and ||"}[word]
	if sign != "" {
		p.hint("write %s", sign)
	}
}

func (p *exprParser) or() Cond {
	left := p.and()
	for p.err == nil && p.at.kind == "||" {
		p.advance()
		left = Or{L: left, R: p.and()}
	}
	return left
}

func (p *exprParser) and() Cond {
	left := p.not()
	for p.err == nil && p.at.kind == "&&" {
		p.advance()
		left = And{L: left, R: p.not()}
	}
	return left
}

func (p *exprParser) not() Cond {
	if p.at.kind != "!" {
		return p.comparison()
	}
	if !p.deeper() {
		return Literal{}
	}
	defer func() { p.depth-- }()
	p.advance()
	return Not{X: p.not()}
}

func (p *exprParser) deeper() bool {
	if p.depth++; p.depth > maxNesting {
		p.fail(p.at.offset, "expression is nested too deep")
		return false
	}
	return true
}

func (p *exprParser) comparison() Cond {
	start := p.at.offset
	left := p.operand()
	op := p.at
	if p.err != nil || !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, op.kind) {
		return left
	}
	p.advance()
	second := p.at.offset
	right := p.operand()
	l, leftOK := left.(Operand)
	r, rightOK := right.(Operand)
	switch {
	case p.err != nil:
		return Literal{}
	case !leftOK:
		p.fail(start, "a condition can't be compared; %s takes values", op.kind)
		return Literal{}
	case !rightOK:
		p.fail(second, "a condition can't be compared; %s takes values", op.kind)
		return Literal{}
	}
	return Compare{Pos: p.value.At(op.offset), Op: op.kind, L: l, R: r}
}

func (p *exprParser) operand() Cond {
	at := p.at
	pos := p.value.At(at.offset)
	switch at.kind {
	case "(", tokenOpen:
		return p.group()
	case tokenString:
		p.advance()
		return Literal{Pos: pos, Value: p.unquote(at)}
	case tokenNumber:
		p.advance()
		return Literal{Pos: pos, Value: json.Number(at.text)}
	case tokenName:
		if at.text == "true" || at.text == "false" {
			p.advance()
			return Literal{Pos: pos, Value: at.text == "true"}
		}
		return p.reference()
	}
	p.fail(at.offset, "expected a value, found %s", at)
	return Literal{}
}

// group reads ( … ) or ${{ … }}.
func (p *exprParser) group() Cond {
	open := p.at
	if !p.deeper() {
		return Literal{}
	}
	defer func() { p.depth-- }()
	p.advance()
	inner := p.or()
	want := ")"
	if open.kind == tokenOpen {
		want = tokenClose
	}
	switch {
	case p.err != nil:
	case p.at.kind == tokenEnd:
		p.fail(open.offset, "%s is not closed: no %s follows", open.text, want)
	case p.at.kind != want:
		p.fail(p.at.offset, "expected %s, found %s", want, p.at)
		p.wordHint()
	default:
		p.advance()
	}
	return inner
}

func (p *exprParser) unquote(t token) string {
	if p.err != nil {
		return ""
	}
	inner := t.text[1 : len(t.text)-1]
	if t.text[0] == '\'' {
		return inner
	}
	var out strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] != '\\' {
			out.WriteByte(inner[i])
			continue
		}
		i++
		switch inner[i] {
		case 'n':
			out.WriteByte('\n')
		case 't':
			out.WriteByte('\t')
		case '\\', '"', '\'':
			out.WriteByte(inner[i])
		default:
			p.fail(t.offset+i, `\%c is not an escape; there are \n \t \" \' and \\`, inner[i])
		}
	}
	return out.String()
}

// reference reads a dotted name and says what is wrong with its shape.
func (p *exprParser) reference() Ref {
	first := p.at
	if first.kind != tokenName {
		p.notAName(first)
		return Ref{}
	}
	ref := Ref{Pos: p.value.At(first.offset), Root: first.text}
	offsets := []int{first.offset}
	for p.advance(); p.err == nil && p.at.kind == "."; p.advance() {
		p.advance()
		if p.at.kind != tokenName {
			p.fail(p.at.offset, "expected a name after %q, found %s", ref.String()+".", p.at)
			return ref
		}
		ref.Path = append(ref.Path, p.at.text)
		offsets = append(offsets, p.at.offset)
	}
	p.shape(ref, offsets)
	return ref
}

func (p *exprParser) notAName(t token) {
	if t.kind == tokenClose {
		p.fail(t.offset, "expression is empty")
		p.hint("name a value, as in ${{ params.model }}")
		return
	}
	p.fail(t.offset, "expected a reference, found %s", t)
	p.hint("a reference starts with %s", strings.Join(Roots(), ", "))
}

// members are the names that may follow a root that has a fixed set of them.
func members(root string) []string {
	switch root {
	case RootRun:
		return []string{"id", "name", "started", "scheduled", "url", "verdict"}
	case RootFailure:
		return []string{"step", "reason", "exit_code"}
	}
	return nil
}

// shape checks what the grammar says of a reference; whether it names
// something is a matter of the checks. offsets are those of root and path.
func (p *exprParser) shape(ref Ref, offsets []int) {
	if p.err != nil {
		return
	}
	length, form := 0, ref.Root
	switch ref.Root {
	case RootParams:
		length, form = 1, "params.<parameter>"
	case RootSteps:
		p.stepShape(ref, offsets)
		return
	case RootItem:
		length, form = min(len(ref.Path), 1), "item or item.<key>"
	case RootRun, RootFailure:
		length, form = 1, ref.Root+".<"+strings.Join(members(ref.Root), "|")+">"
	case RootCommit, RootImage:
	default:
		p.unknownName(offsets[0], ref.Root, Roots())
		return
	}
	if len(ref.Path) != length {
		p.fail(offsets[0], "%q is not a reference; write %s", ref, form)
		return
	}
	if known := members(ref.Root); known != nil && !slices.Contains(known, ref.Path[0]) {
		p.unknownName(offsets[1], ref.Path[0], known)
	}
}

func (p *exprParser) stepShape(ref Ref, offsets []int) {
	kinds := []string{"outputs", "artifacts", "result"}
	switch {
	case len(ref.Path) >= 2 && !slices.Contains(kinds, ref.Path[1]):
		p.unknownName(offsets[2], ref.Path[1], kinds)
	case len(ref.Path) == 2 && ref.Path[1] == "result":
	case len(ref.Path) == 3 && ref.Path[1] != "result":
	default:
		p.fail(offsets[0], "%q is not a reference; write steps.<step>.outputs.<output> or steps.<step>.result", ref)
	}
}

func (p *exprParser) unknownName(offset int, name string, known []string) {
	p.fail(offset, "unknown name %q", name)
	p.signHint(name)
	p.hint("%s", suggestion(name, known))
}

// suggestion is the hint for a name that is not among the known ones.
func suggestion(name string, known []string) string {
	if near, ok := diag.Nearest(name, known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return "there are none here"
	}
	return "known here: " + strings.Join(known, ", ")
}
