package pysource

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxText = 300          // of a string that is reported
	maxRaw  = 10 * maxText // of its source: "\U0000002e" is one dot
)

// unescape is what a piece of a string between its quotes stands for. It is
// not ok for a string that is too long, or has a named character or half a
// surrogate pair in it.
func (r *reader) unescape(t token) (text string, ok bool) {
	source := r.text[t.pos:t.end]
	if len(source) > maxRaw {
		return "", false
	}
	if t.bits&bBrace != 0 {
		source = []byte(strings.NewReplacer("{{", "{", "}}", "}").Replace(string(source)))
	}
	if t.bits&bEscape == 0 || t.bits&bRaw != 0 {
		return string(source), true
	}
	var out []byte
	for i := 0; i < len(source); {
		if source[i] != '\\' || i+1 == len(source) {
			out = append(out, source[i])
			i++
			continue
		}
		var n int
		if out, n = unescapeOne(out, source[i+1:]); n < 0 {
			return "", false
		}
		i += 1 + n
	}
	return string(out), true
}

const simpleEscapes = "a\ab\bf\fn\nr\rt\tv\v\\\\''\"\""

// unescapeOne appends what the escape stands for whose letter is first in
// source, and answers how long it is, -1 where it can't be told.
func unescapeOne(out, source []byte) ([]byte, int) {
	c := source[0]
	for k := 0; k < len(simpleEscapes); k += 2 {
		if simpleEscapes[k] == c {
			return append(out, simpleEscapes[k+1]), 1
		}
	}
	switch {
	case c == '\n':
		return out, 1
	case c >= '0' && c <= '7':
		n := 1
		for n < 3 && n < len(source) && source[n] >= '0' && source[n] <= '7' {
			n++
		}
		return digits(out, source[:n], 8, 0)
	case c == 'x':
		return digits(out, source[:min(3, len(source))], 16, 1)
	case c == 'u':
		return digits(out, source[:min(5, len(source))], 16, 1)
	case c == 'U':
		return digits(out, source[:min(9, len(source))], 16, 1)
	case c == 'N':
		return out, -1
	}
	return append(out, '\\', c), 1
}

// digits appends the character whose number is written behind skip letters.
func digits(out, source []byte, base, skip int) ([]byte, int) {
	value, err := strconv.ParseUint(string(source[skip:]), base, 32)
	if err != nil || !utf8.ValidRune(rune(value)) || value > utf8.MaxRune {
		return out, -1
	}
	return utf8.AppendRune(out, rune(value)), len(source)
}

// piece is a part of a group of adjacent strings: constant text, or a field.
type piece struct {
	text  string
	ok    bool // the text can be told
	part  bool // there are fields in the group
	field int  // the token of the brace that opens the field, -1 for text
	line  int32
}

// group reads the adjacent strings that begin at i, which Python joins: it
// hands the pieces to each, constant texts joined, and answers what follows.
func (r *reader) group(i int, each func(piece)) (next int) {
	text := piece{ok: true, field: -1, line: r.tokens[i].line}
	inside := false
	for ; i < len(r.tokens); i++ {
		t := r.tokens[i]
		switch {
		case t.kind == kString || t.kind == kText:
			r.join(&text, t)
		case t.kind == kFormatStart || t.kind == kFormatEnd:
			inside = t.kind == kFormatStart
		case inside && t.op == '{':
			text.part = true
			each(text)
			each(piece{part: true, field: i, line: t.line})
			i = int(t.link)
			text = piece{ok: true, part: true, field: -1, line: t.line}
		default:
			each(text)
			return i
		}
	}
	each(text)
	return i
}

// join appends what a token stands for. What is too long to be reported isn't
// joined any further, so that many short strings take no more than their time.
func (r *reader) join(text *piece, t token) {
	more, ok := r.unescape(t)
	text.ok = text.ok && ok && t.bits&bBytes == 0 && len(text.text) <= maxText
	if text.ok {
		text.text += more
	}
}

// startsGroup says whether the token at i begins a group of strings.
func (r *reader) startsGroup(i int) bool {
	if k := r.tokens[i].kind; k != kString && k != kFormatStart {
		return false
	}
	return i == 0 || r.tokens[i-1].kind != kString && r.tokens[i-1].kind != kFormatEnd
}

// strings reports the strings of a logical line that can name something.
func (r *reader) strings() {
	for i := range r.tokens {
		if !r.startsGroup(i) || r.saysNothing(i) {
			continue
		}
		first := true
		r.group(i, func(p piece) {
			switch {
			case p.field >= 0 || !p.ok:
			case i == 0 && strings.ContainsAny(p.text, blanks): // a docstring
			default:
				r.namesIn(p, first)
			}
			first = false
		})
	}
}

// namesIn reports what one constant text says.
func (r *reader) namesIn(p piece, first bool) {
	if !p.part {
		r.entryPoints(p)
	}
	if strings.ContainsAny(p.text, blanks) {
		r.command(p)
	} else {
		r.report(p, first)
	}
}

// saysNothing tells most strings that aren't reported without a look at more
// than their bits: single ones of plain text.
func (r *reader) saysNothing(i int) bool {
	t := &r.tokens[i]
	if t.kind != kString || r.every || i+1 < len(r.tokens) && (r.tokens[i+1].kind == kString || r.tokens[i+1].kind == kFormatStart) {
		return false
	}
	switch {
	case t.bits&bEscape != 0: // what it protects isn't in the bits
		return false
	case t.bits&bBlank != 0:
		return i == 0 || !hasCommand(r.text[t.pos:t.end])
	}
	return t.bits&bDot == 0 && !hasEntryPoint(r.text[t.pos:t.end])
}

func (r *reader) report(p piece, first bool) {
	if len(p.text) > maxText {
		return
	}
	s := String{Line: int(p.line), Text: p.text, Part: p.part}
	switch {
	case !strings.ContainsAny(p.text, "./"):
		if r.every && !p.part && isIdentifier(p.text) {
			r.file.Identifiers = append(r.file.Identifiers, s)
		}
	case !p.part || first || strings.Contains(p.text, "/"):
		if strings.Trim(p.text, marks) != "" {
			r.file.Strings = append(r.file.Strings, s)
		}
	}
}

const blanks = " \t\n\r\f\v"

// marks are the ASCII characters that make no name on their own.
const marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"

func isIdentifier(text string) bool {
	for i := range len(text) {
		if c := classes[text[i]]; c != cName && (i == 0 || c != cDigit) {
			return false
		}
	}
	return text != ""
}

// all collects the names of a statement that begins with __all__.
func (r *reader) all() {
	for i := range r.tokens {
		if !r.startsGroup(i) {
			continue
		}
		r.group(i, func(p piece) {
			if p.ok && !p.part && isIdentifier(p.text) {
				r.file.All = append(r.file.All, p.text)
			}
		})
	}
}
