package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Decode is the value of one encoded text as compact JSON without needless
// escapes. Key order and the digits of numbers stay as they are. Text that is
// not exactly one JSON value is an error, which does not repeat the text.
func Decode(encoded string) (json.RawMessage, error) {
	var buf bytes.Buffer
	if err := json.Compact(&buf, []byte(encoded)); err != nil {
		return nil, fmt.Errorf("decoding value: not JSON: %w", err)
	}
	return json.RawMessage(unescape(buf.String())), nil
}

// DecodeSpec reads a Spec and checks it. A field that this version does not
// know is an error, because what it asks for would silently not be done.
func DecodeSpec(encoded string) (Spec, error) {
	dec := json.NewDecoder(strings.NewReader(encoded))
	dec.DisallowUnknownFields()
	var spec Spec
	if err := dec.Decode(&spec); err != nil {
		return Spec{}, fmt.Errorf("decoding step: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Spec{}, errors.New("decoding step: text after its end")
	}
	if err := spec.Check(); err != nil {
		return Spec{}, fmt.Errorf("decoding step %q: %w", spec.Step, err)
	}
	return spec, nil
}

// unescape replaces the escapes in JSON text by the characters they stand for,
// wherever a JSON string may hold those. Half of a surrogate pair, which no
// Go string can hold, stays.
func unescape(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	for {
		at := strings.IndexByte(text, '\\')
		if at < 0 || at+1 == len(text) {
			out.WriteString(text)
			return out.String()
		}
		out.WriteString(text[:at])
		literal, size := unescapeOne(text[at:])
		out.WriteString(literal)
		text = text[at+size:]
	}
}

// unescapeOne is the text that replaces the escape at the start of text, and
// the escape's length.
func unescapeOne(text string) (string, int) {
	if text[1] == '/' {
		return "/", 2
	}
	r, ok := hexEscape(text)
	switch {
	case !ok:
		return text[:2], 2
	case utf16.IsSurrogate(r):
		low, _ := hexEscape(text[6:])
		if pair := utf16.DecodeRune(r, low); pair != '\uFFFD' {
			return string(pair), 12
		}
		return text[:6], 6
	case r < 0x20 || r == '"' || r == '\\':
		return shortEscape(r), 6
	}
	return string(r), 6
}

// hexEscape reads a \uXXXX at the start of text.
func hexEscape(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(code), err == nil
}

// shortEscape is how encoding/json writes a character that must be escaped.
func shortEscape(r rune) string {
	quoted, err := json.Marshal(string(r))
	if err != nil { // a string always has JSON
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(quoted[1 : len(quoted)-1])
}
