package workflows

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"gantline.dev/gantline/internal/diag"
)

// The tokens of an expression. Signs are their own kind: "==", "(", ".".
const (
	tokenEnd     = "the end"
	tokenName    = "a name"
	tokenString  = "a string"
	tokenNumber  = "a number"
	tokenOpen    = "${{"
	tokenClose   = "}}"
	tokenInvalid = "invalid"
)

// signs are the other tokens, a longer one before its prefix.
func signs() []string {
	return []string{tokenOpen, tokenClose, "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "."}
}

// token is one token of an expression; offset and end are bytes of the text.
type token struct {
	kind        string
	text        string
	offset, end int
}

func (t token) String() string {
	if t.kind == tokenEnd {
		return tokenEnd
	}
	return fmt.Sprintf("%q", t.text)
}

// lexer splits the expressions of one string into tokens. It keeps the first
// problem of an expression; what follows would be its echo.
type lexer struct {
	value  diag.Value[string]
	offset int
	err    *diag.Problem
}

// fail records a problem at a byte offset of the text.
func (l *lexer) fail(offset int, format string, args ...any) {
	if l.err == nil {
		problem := diag.Errorf(l.value.At(offset), "expression", format, args...)
		l.err = &problem
	}
}

// hint adds what to do to the problem just recorded.
func (l *lexer) hint(format string, args ...any) {
	if l.err != nil && l.err.Hint == "" {
		*l.err = l.err.WithHint(format, args...)
	}
}

// next reads one token from the offset on.
func (l *lexer) next() token {
	text := l.value.V
	for l.offset < len(text) && strings.IndexByte(" \t\r\n", text[l.offset]) >= 0 {
		l.offset++
	}
	start := l.offset
	if start == len(text) {
		return token{kind: tokenEnd, offset: start, end: start}
	}
	kind := l.scan(text[start:])
	return token{kind: kind, text: text[start:l.offset], offset: start, end: l.offset}
}

// scan moves the offset past the token that rest starts with.
func (l *lexer) scan(rest string) string {
	for _, sign := range signs() {
		if strings.HasPrefix(rest, sign) {
			l.offset += len(sign)
			return sign
		}
	}
	switch c := rest[0]; {
	case isLetter(c):
		l.offset += span(rest, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '-' })
		return tokenName
	case isDigit(c), c == '-' && len(rest) > 1 && isDigit(rest[1]):
		return l.number(rest)
	case c == '"', c == '\'':
		return l.quoted(rest)
	}
	l.unknown(rest)
	return tokenInvalid
}

func (l *lexer) number(rest string) string {
	length := 1 + span(rest[1:], func(c byte) bool { return isDigit(c) || isLetter(c) || c == '.' })
	if last := rest[length-1]; (last == 'e' || last == 'E') && len(rest) > length+1 && strings.IndexByte("+-", rest[length]) >= 0 {
		length += 1 + span(rest[length+1:], isDigit)
	}
	if !json.Valid([]byte(rest[:length])) {
		l.fail(l.offset, "%q is not a number", rest[:length])
		l.hint("write one as 3, -2, 0.5 or 1e-5")
	}
	l.offset += length
	return tokenNumber
}

func (l *lexer) quoted(rest string) string {
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && rest[0] == '"':
			i++
		case rest[i] == rest[0]:
			l.offset += i + 1
			return tokenString
		}
	}
	l.fail(l.offset, "string is not closed: no %c follows", rest[0])
	l.offset = len(l.value.V)
	return tokenString
}

// unknown records a character that starts no token.
func (l *lexer) unknown(rest string) {
	r, size := utf8.DecodeRuneInString(rest)
	l.fail(l.offset, "%q has no meaning in an expression", r)
	switch r {
	case '=':
		l.hint("equality is written ==")
	case '&', '|':
		l.hint("write %c%c", r, r)
	case '+', '-', '*', '/', '%':
		l.hint("there is no arithmetic; compute the value in a step's script and read it as an output")
	case '$':
		l.hint("name the value alone, as in params.model")
	case '}':
		l.hint("an expression ends with }}")
	}
	l.offset += size
}

func span(text string, in func(byte) bool) int {
	for i := range len(text) {
		if !in(text[i]) {
			return i
		}
	}
	return len(text)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
