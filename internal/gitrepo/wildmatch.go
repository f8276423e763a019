package gitrepo

import (
	"fmt"
	"regexp"
	"strings"
)

// glob compiles a pattern of .gitignore or .gitattributes, without its leading
// slash, to a regular expression over a whole path: * and ? stay within a
// name, **/ spans directories, [...] is a set, a backslash takes the next
// character as it is. Matching is by bytes, as in git, so names that aren't
// UTF-8 match too.
func glob(pattern string) (*regexp.Regexp, error) {
	g := globber{rest: pattern}
	// Flag s lets a dot match newlines, which names may hold.
	g.out.WriteString(`(?s)\A`)
	if err := g.run(); err != nil {
		return nil, err
	}
	g.out.WriteString(`\z`)
	return regexp.Compile(g.out.String())
}

// globber translates one pattern.
type globber struct {
	rest  string
	begun bool // something precedes rest
	slash bool // and it ends with a slash
	out   strings.Builder
}

func (g *globber) run() error {
	for g.rest != "" {
		c := g.rest[0]
		begun, slash := g.begun, g.slash
		g.begun, g.slash = true, c == '/'
		switch c {
		case '*':
			g.star(!begun || slash)
		case '?':
			g.take(1)
			g.out.WriteString(anyByte)
		case '[':
			if err := g.set(); err != nil {
				return err
			}
		case '\\':
			if len(g.rest) < 2 {
				return fmt.Errorf("it ends with a backslash")
			}
			g.slash = g.rest[1] == '/'
			g.literal(g.rest[1])
			g.take(2)
		default:
			g.literal(c)
			g.take(1)
		}
	}
	return nil
}

func (g *globber) take(n int) { g.rest = g.rest[n:] }

// anyByte is one byte of a name.
const anyByte = `[^/]`

// star translates a run of stars. Two or more between slashes, or at an end of the
// pattern, span directories; any other run is as one star.
func (g *globber) star(atName bool) {
	run := len(g.rest) - len(strings.TrimLeft(g.rest, "*"))
	g.take(run)
	switch {
	case run >= 2 && atName && strings.HasPrefix(g.rest, "/"):
		g.take(1)
		g.slash = true
		g.out.WriteString(`(?:.*/)?`)
	case run >= 2 && atName && g.rest == "":
		g.out.WriteString(`.*`)
	default:
		g.out.WriteString(anyByte + `*`)
	}
}

func (g *globber) literal(c byte) { g.out.WriteString(quoteByte(c)) }

// quoteByte is a byte as a regular expression over text in which every byte
// stands for the character of that number (see latin1).
func quoteByte(c byte) string { return fmt.Sprintf(`\x{%02x}`, c) }

// set translates [...]: ranges, negation by ! or ^, and classes like
// [:digit:]. It never matches a slash.
func (g *globber) set() error {
	body, size, err := splitSet(g.rest)
	if err != nil {
		return err
	}
	g.take(size)
	negated := strings.HasPrefix(body, "!") || strings.HasPrefix(body, "^")
	if negated {
		body = body[1:]
	}
	var members [256]bool
	if err := fillSet(&members, body); err != nil {
		return err
	}
	g.out.WriteByte('[')
	none := true
	for c := range members {
		if members[c] != negated && c != '/' && c != 0 {
			none = false
			g.out.WriteString(quoteByte(byte(c)))
		}
	}
	if none { // matches nothing
		g.out.WriteString(`^\x{00}-\x{10FFFF}`)
	}
	g.out.WriteByte(']')
	return nil
}

// splitSet finds the end of a set: its body, and its size with the brackets.
func splitSet(text string) (body string, size int, err error) {
	i := 1
	if i < len(text) && (text[i] == '!' || text[i] == '^') {
		i++
	}
	for first := i; i < len(text); i++ {
		switch {
		case text[i] == ']' && i > first:
			return text[1:i], i + 1, nil
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], "[:"):
			if end := strings.Index(text[i:], ":]"); end > 0 {
				i += end + 1
			}
		}
	}
	return "", 0, fmt.Errorf("a [ has no ]; write \\[ for the character")
}

// fillSet marks the bytes that the body of a set names.
func fillSet(members *[256]bool, body string) error {
	for body != "" {
		if strings.HasPrefix(body, "[:") {
			name, rest, ok := strings.Cut(body[2:], ":]")
			if ok {
				if err := fillClass(members, name); err != nil {
					return err
				}
				body = rest
				continue
			}
		}
		var low byte
		low, body = setByte(body)
		high := low
		if len(body) >= 2 && body[0] == '-' {
			high, body = setByte(body[1:])
		}
		for c := int(low); c <= int(high); c++ {
			members[c] = true
		}
	}
	return nil
}

// setByte takes one character of a set, escaped or not.
func setByte(body string) (byte, string) {
	if body[0] == '\\' && len(body) > 1 {
		body = body[1:]
	}
	return body[0], body[1:]
}

// fillClass marks the ASCII characters of a named class.
func fillClass(members *[256]bool, name string) error {
	class, err := regexp.Compile(`^[[:` + name + `:]]$`)
	if err != nil || regexp.QuoteMeta(name) != name {
		return fmt.Errorf("there is no class [:%s:]", name)
	}
	for c := range 128 {
		if class.MatchString(string(rune(c))) {
			members[c] = true
		}
	}
	return nil
}

// latin1 turns bytes into the characters of the same numbers, so that regular
// expressions see every byte of a path.
func latin1(path string) string {
	for i := range len(path) {
		if path[i] >= 0x80 {
			runes := make([]rune, len(path))
			for j := range len(path) {
				runes[j] = rune(path[j])
			}
			return string(runes)
		}
	}
	return path
}
