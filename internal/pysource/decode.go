package pysource

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// decode makes the bytes of a file UTF-8 text with \n at the end of lines, as
// Python does before it reads: by the byte order mark, and by the encoding
// that a comment in one of the first two lines declares (PEP 263). It answers
// the bytes themselves where nothing is to do.
func decode(text []byte) ([]byte, error) {
	text, marked := bytes.CutPrefix(text, []byte("\xef\xbb\xbf"))
	text = withNewlines(text)
	if at := bytes.IndexByte(text, 0); at >= 0 {
		return nil, errorAt(lineAt(text, at), "there is a null byte")
	}
	name, line := declared(text)
	switch encoding := canonical(name); {
	case encoding == "utf-8":
		return text, checkRunes(text, name, validUTF8)
	case marked:
		return nil, errorAt(line, "the file has the mark of UTF-8 but declares encoding %q", name)
	case encoding == "ascii":
		return text, checkRunes(text, name, validASCII)
	case encoding == "latin-1":
		return fromLatin1(text), nil
	}
	return nil, errorAt(line, "encoding %q can't be decoded: only UTF-8, Latin-1 and ASCII can", name)
}

// withNewlines makes one \n of each \r\n and of each other \r.
func withNewlines(text []byte) []byte {
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
}

func lineAt(text []byte, at int) int32 {
	return int32(1 + bytes.Count(text[:at], []byte("\n")))
}

// declared is the encoding that the first two lines name, "" where they don't,
// and the line. The second counts only after a line without code.
func declared(text []byte) (name string, line int32) {
	for line = 1; line <= 2; line++ {
		first, rest, _ := bytes.Cut(text, []byte("\n"))
		first = bytes.TrimLeft(first, " \t\f")
		if len(first) > 0 && first[0] != '#' {
			break
		}
		if name := declaration(first); name != "" {
			return name, line
		}
		text = rest
	}
	return "", 0
}

// declaration is the encoding that one comment names: coding[:=][ \t]*([-\w.]+).
func declaration(comment []byte) string {
	for {
		_, after, found := bytes.Cut(comment, []byte("coding"))
		if !found {
			return ""
		}
		comment = after
		if len(after) == 0 || after[0] != ':' && after[0] != '=' {
			continue
		}
		after = bytes.TrimLeft(after[1:], " \t")
		end := 0
		for end < len(after) && (inWord(after[end]) && after[end] < utf8.RuneSelf || after[end] == '-' || after[end] == '.') {
			end++
		}
		if end > 0 {
			return string(after[:end])
		}
	}
}

// canonical is one of "utf-8", "latin-1" and "ascii", or "" for all others.
func canonical(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch name {
	case "", "utf-8", "utf8", "u8":
		return "utf-8"
	case "latin-1", "latin1", "l1", "latin", "iso-8859-1", "iso8859-1", "8859", "cp819", "iso-latin-1":
		return "latin-1"
	case "ascii", "us-ascii", "646":
		return "ascii"
	}
	switch {
	case strings.HasPrefix(name, "utf-8-"):
		return "utf-8"
	case strings.HasPrefix(name, "latin-1-"), strings.HasPrefix(name, "iso-8859-1-"), strings.HasPrefix(name, "iso-latin-1-"):
		return "latin-1"
	}
	return ""
}

// checkRunes fails at the first byte that valid doesn't reach.
func checkRunes(text []byte, name string, valid func([]byte) int) error {
	if name == "" {
		name = "utf-8"
	}
	if at := valid(text); at < len(text) {
		return errorAt(lineAt(text, at), "byte %#02x is not %s", text[at], name)
	}
	return nil
}

// validUTF8 is the length of the valid beginning.
func validUTF8(text []byte) int {
	if utf8.Valid(text) {
		return len(text)
	}
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return at
}

func validASCII(text []byte) int {
	for at, c := range text {
		if c >= utf8.RuneSelf {
			return at
		}
	}
	return len(text)
}

func fromLatin1(text []byte) []byte {
	if validASCII(text) == len(text) {
		return text
	}
	wide := make([]byte, 0, len(text)+len(text)/8)
	for _, c := range text {
		wide = utf8.AppendRune(wide, rune(c))
	}
	return wide
}
