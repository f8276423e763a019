package workflows

import (
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
