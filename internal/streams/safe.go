package streams

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe is the text with everything escaped that a terminal would act on
// instead of show: control characters (a newline too), bytes that are not
// UTF-8, and the invisible characters that reorder or hide text. Escapes are
// written as Go writes them: \n, \x1b, \u202e. Other text is unchanged, so
// Safe of a safe text is that text.
func Safe(text string) string {
	if isSafe(text) {
		return text
	}
	var out strings.Builder
	out.Grow(len(text) + 16)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, text[i])
		case isShown(r):
			out.WriteString(text[i : i+size])
		default:
			out.WriteString(escape(r))
		}
		i += size
	}
	return out.String()
}

// SafeLines is Safe for a text of several lines: line ends and tabs stay.
func SafeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = Safe(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

func isSafe(text string) bool {
	for _, r := range text {
		if !isShown(r) {
			return false
		}
	}
	return utf8.ValidString(text)
}

// isShown says whether a terminal prints the character where it stands. The
// category Cf holds direction overrides, zero-width characters and tags.
func isShown(r rune) bool {
	return !unicode.IsControl(r) && !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
