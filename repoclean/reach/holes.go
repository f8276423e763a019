package reach

import "strings"

// hole stands in a word for a part that only running it would tell.
const hole = '\x00'

// holeLength is the length of the variable or expression that a text begins
// with, 0 if it begins with none: ${{ params.name }}, {{ name }}, ${NAME},
// $(NAME), $NAME, {name}, {a,b}, %NAME%, %(name)s, and within a word [abc] and
// <name>.
func holeLength(text string, inWord bool) int {
	switch {
	case strings.HasPrefix(text, "${{"), strings.HasPrefix(text, "{{"):
		return closed(text, "}}")
	case strings.HasPrefix(text, "{%"):
		return closed(text, "%}")
	case strings.HasPrefix(text, "${"):
		return closed(text, "}")
	case strings.HasPrefix(text, "$("):
		return plain(text, 2, ')')
	case strings.HasPrefix(text, "%("):
		if n := plain(text, 2, ')'); n > 0 && n < len(text) {
			return n + 1 // %(name)s
		}
	case text[0] == '$':
		return variable(text)
	case inWord && strings.HasPrefix(text, "{}"):
		return 2
	case text[0] == '{':
		return plain(text, 1, '}')
	case text[0] == '[' && inWord:
		return plain(text, 1, ']')
	case text[0] == '<' && inWord:
		return plain(text, 1, '>')
	case text[0] == '%':
		return percent(text)
	}
	return 0
}

// maxHole is the longest expression that is looked for, in bytes.
const maxHole = 500

// closed is the length up to and with the end.
func closed(text, end string) int {
	i := strings.Index(text[:min(len(text), maxHole)], end)
	if i < 0 {
		return 0
	}
	return i + len(end)
}

// plain is the length up to and with the end, where nothing but the characters
// of names, lists and patterns stands between, and nothing that looks like a
// Python file.
func plain(text string, from int, end byte) int {
	for i := from; i < len(text) && i < maxHole; i++ {
		switch c := text[i]; {
		case c == end && i > from && !strings.Contains(text[from:i], ".py"):
			return i + 1
		case identifier(c) || strings.IndexByte(".,:@*+!?~-", c) >= 0:
		default:
			return 0
		}
	}
	return 0
}

// variable is the length of $NAME, $1, $@ and the like.
func variable(text string) int {
	i := 1
	if strings.HasPrefix(text, "$$") {
		i = 2 // in a Makefile
	}
	from := i
	for i < len(text) && identifier(text[i]) {
		i++
	}
	if i == from && i < len(text) && strings.IndexByte("@*#?!<^", text[i]) >= 0 {
		i++
	}
	if i == from {
		return 0
	}
	return i
}

// percent is the length of %NAME%, or of %s and %d.
func percent(text string) int {
	i := 1
	for i < len(text) && identifier(text[i]) {
		i++
	}
	switch {
	case i > 1 && i < len(text) && text[i] == '%':
		return i + 1
	case i == 2 && (text[1] == 's' || text[1] == 'd' || text[1] == 'i'):
		return i
	}
	return 0
}

// identifier says whether a byte can be in a name of Python.
func identifier(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
