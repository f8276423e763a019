package workflows

import (
	"encoding/json"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

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
