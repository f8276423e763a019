package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
)

// Encode is the value as JSON in ASCII that neither Argo nor Kubernetes
// interprets. As little as keeps that true is escaped, so that a person still
// reads a script in kubectl's output: a brace next to a brace, a dollar before
// a parenthesis or a dollar, control and non-ASCII characters. Values meet
// other values only across a quote, a comma or a bracket, or brace to opposite
// brace, so their ends need no escape.
//
// The form is canonical: equal values written with different escapes, and a
// value that was encoded before, give the same bytes. Key order and the
// digits of numbers in a json.RawMessage stay as they are.
func Encode(value any) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return "", fmt.Errorf("encoding value: %w", err)
	}
	return Escape(unescape(strings.TrimSuffix(buf.String(), "\n"))), nil
}

// Escape rewrites JSON text into the form that Encode describes. The JSON
// value stays the same; escapes that are there already stay too.
func Escape(text string) string {
	var out strings.Builder
	out.Grow(len(text) + len(text)/8)
	var last rune // the last character written raw; 0 after an escape
	inString, escaped := false, false
	runes := []rune(text)
	for i, r := range runes {
		var next rune
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case !inString:
			inString = r == '"'
			if isBrace(r) && r == last {
				out.WriteByte(' ')
			}
			if r < 0x20 { // white space between tokens
				r = ' '
			}
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			inString = false
		case mustEscape(last, r, next):
			writeEscape(&out, r)
			last = 0
			continue
		}
		out.WriteRune(r)
		last = r
	}
	return out.String()
}

// mustEscape says whether a character of a string may not stand raw between
// its neighbours.
func mustEscape(last, r, next rune) bool {
	switch r {
	case '{', '}':
		return r == last
	case '$':
		return next == '$' || next == '('
	}
	return r < 0x20 || r >= 0x7f
}

func isBrace(r rune) bool { return r == '{' || r == '}' }

func writeEscape(out *strings.Builder, r rune) {
	if high, low := utf16.EncodeRune(r); r > 0xffff {
		fmt.Fprintf(out, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(out, `\u%04x`, r)
}
