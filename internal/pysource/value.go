package pysource

import "strings"

// value is what can be told of an expression: a constant text, or one that
// begins so.
type value struct {
	base  base
	of    module // of baseModule
	text  string // what follows the base
	whole bool   // nothing follows the text
}

// base is what a value has in front of its text.
type base uint8

const (
	baseNone    base = iota // nothing
	baseOwn                 // the name of the file's own package or module
	baseModule              // the name of a module that the file imports
	baseUnknown             // what can't be told; the text has no meaning then
)

var unknown = value{base: baseUnknown}

// constant is the text of a value that is nothing but one.
func (v value) constant() (string, bool) {
	return v.text, v.base == baseNone && v.whole
}

// evaluate reads the expression of the tokens from i up to end. It knows
// strings, +, % and format, and says "unknown" of the rest.
func (r *reader) evaluate(i, end int) value {
	if i >= end {
		return unknown
	}
	v, i := r.operand(i, end)
	for i < end {
		if r.op(i) != '+' {
			return unknown
		}
		var w value
		w, i = r.operand(i+1, end)
		v = v.plus(w)
	}
	return v
}

func (v value) plus(w value) value {
	if !v.whole {
		return v
	}
	if w.base != baseNone || len(v.text) > maxText {
		v.whole = false
		return v
	}
	v.text, v.whole = v.text+w.text, w.whole
	return v
}

// cut is the value up to a mark behind which running tells what stands.
func (v value) cut(mark string) value {
	if at := strings.Index(v.text, mark); at >= 0 {
		v.text = v.text[:at]
	}
	v.whole = false
	return v
}

// operand reads what stands between two pluses, and answers what follows.
func (r *reader) operand(i, end int) (value, int) {
	v, next := r.primary(i, end)
	for next < end && r.op(next) == '%' {
		v = v.cut("%")
		_, next = r.primary(next+1, end)
	}
	return v, next
}

// primary reads a string, a name or what is in parentheses, with the
// attributes, calls and indexes behind it.
func (r *reader) primary(i, end int) (v value, next int) {
	if i >= end {
		return unknown, end
	}
	switch t := r.tokens[i]; {
	case t.kind == kString || t.kind == kFormatStart:
		v, next = r.literal(i)
	case t.op == '(':
		v, next = r.evaluate(i+1, int(t.link)), int(t.link)+1
	case t.kind == kOpen:
		v, next = unknown, int(t.link)+1
	case t.kind == kName:
		v, next = r.reference(i, end)
	case t.kind == kNumber:
		v, next = unknown, i+1
	default:
		return unknown, end
	}
	return r.trailers(v, next, end)
}

func (r *reader) trailers(v value, i, end int) (value, int) {
	for i < end {
		switch {
		case r.op(i) == '.' && r.is(i+1, "format") && r.op(i+2) == '(':
			v = v.cut("{")
			i = int(r.tokens[i+2].link) + 1
		case r.op(i) == '.' && r.isName(i+1):
			v, i = unknown, i+2
		case r.op(i) == '(' || r.op(i) == '[':
			v, i = unknown, int(r.tokens[i].link)+1
		default:
			return v, i
		}
	}
	return v, i
}

// reference reads a dotted name that stands for a module's name: __name__,
// __package__, __spec__.parent, plugins.__name__.
func (r *reader) reference(i, end int) (value, int) {
	first := i
	for i+2 < end && r.op(i+1) == '.' && r.isName(i+2) {
		i += 2
	}
	own := value{base: baseOwn, whole: true}
	switch w := r.word(first); {
	case i == first && (w == wName || w == wPackage):
		return own, i + 1
	case i == first+2 && w == wSpec && (r.is(i, "parent") || r.is(i, "name")):
		return own, i + 1
	case i > first && (r.word(i) == wName || r.word(i) == wPackage):
		return r.moduleName(first, i-2), i + 1
	}
	return unknown, first + 1
}

// literal reads a group of strings at i.
func (r *reader) literal(i int) (v value, next int) {
	v.whole = true
	next = r.group(i, func(p piece) {
		switch {
		case !v.whole:
		case p.field < 0 && p.ok:
			v.text += p.text
		case p.field < 0:
			v = unknown
		case v.base == baseNone && v.text == "":
			if v = r.evaluate(p.field+1, int(r.tokens[p.field].link)); v.base == baseNone {
				v = unknown
			}
		default:
			v.whole = false
		}
	})
	return v, next
}

// open is the value with more behind it.
func (v value) open() value {
	v.whole = false
	return v
}
