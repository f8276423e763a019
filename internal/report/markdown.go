package report

import (
	"strings"
	"unicode"

	"gantline.dev/gantline/internal/streams"
)

// code is text from a repository as a code span that it can't close. Control
// characters are escaped, a newline too.
func code(text string) string {
	text = oneLine(text)
	if strings.TrimSpace(text) == "" {
		return "` `"
	}
	ticks := strings.Repeat("`", longestRun(text, '`')+1)
	if len(ticks) > 1 || text[0] == '`' || text[len(text)-1] == '`' {
		return ticks + " " + text + " " + ticks
	}
	return ticks + text + ticks
}

// plain is text that may hold names from a repository: as it is where nothing
// in it can be markup, a mention or a link, else as a code span.
func plain(text string) string {
	for i, r := range text {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == ' ':
		case strings.ContainsRune(`,.;→()-/"'%=`, r), r == ':' && !strings.HasPrefix(text[i:], "://"):
		default:
			return code(text)
		}
	}
	if strings.Contains(text, "www.") {
		return code(text)
	}
	return text
}

// fence is a code block that its content can't close, each line indented.
func fence(language, content, indent string) string {
	ticks := strings.Repeat("`", max(3, longestRun(content, '`')+1))
	var out strings.Builder
	out.WriteString(indent + ticks + language + "\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(content, "\n"), "\n") {
		out.WriteString(indent + line + "\n")
	}
	out.WriteString(indent + ticks + "\n")
	return out.String()
}

func oneLine(text string) string { return streams.Safe(text) }

// longestRun is the length of the longest run of a character.
func longestRun(text string, of rune) int {
	longest, run := 0, 0
	for _, r := range text {
		if run++; r != of {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
