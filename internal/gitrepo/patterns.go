package gitrepo

import (
	"fmt"
	"regexp"
	"strings"
)

// Patterns is a list of patterns as in .gitignore, with the rule of
// .dockerignore for their order: the last one that matches a path, or a
// directory above it, decides, so that "!docs/prompt.md" brings back a file of
// an excluded directory. The zero value matches nothing.
type Patterns struct{ list []pattern }

// Match is the pattern that decides about a path.
type Match struct {
	// Excluded says whether the path is left out; false where a pattern with !
	// brought it back.
	Excluded bool
	// Index is the pattern's place in the list, from 0.
	Index int
	// Pattern is its text as it was given.
	Pattern string
	// Itself says that the pattern matches the path itself, and not only a
	// directory above it.
	Itself bool
}

// PatternError is a pattern that can't be read.
type PatternError struct {
	// Index is its place in the list, from 0.
	Index   int
	Pattern string
	Reason  string
}

// Error implements error.
func (e *PatternError) Error() string {
	return fmt.Sprintf("parsing pattern %q: %s", e.Pattern, e.Reason)
}

// NewPatterns reads a list of patterns. Blank ones and comments are allowed
// and match nothing. The error is a PatternError.
func NewPatterns(texts []string) (Patterns, error) {
	var ps Patterns
	for i, text := range texts {
		p, err := parsePattern(text)
		if err != nil {
			return Patterns{}, &PatternError{Index: i, Pattern: text, Reason: err.Error()}
		}
		p.index = i
		if p.re != nil {
			ps.list = append(ps.list, p)
		}
	}
	return ps, nil
}

// LiteralPattern is the pattern that matches one path and what lies below it,
// and nothing else.
func LiteralPattern(path string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
	if strings.HasSuffix(escaped, " ") {
		escaped = strings.TrimSuffix(escaped, " ") + `\ `
	}
	return "/" + escaped
}

// Match finds the pattern that decides about the path of a file, with slashes
// and from the root; ok is false where none matches.
func (ps Patterns) Match(path string) (m Match, ok bool) {
	names := prefixes(latin1(path))
	for i := len(ps.list) - 1; i >= 0; i-- {
		p := ps.list[i]
		if at := p.matches(names); at >= 0 {
			return Match{Excluded: !p.negated, Index: p.index, Pattern: p.text, Itself: at == 0}, true
		}
	}
	return Match{}, false
}

// Excludes says whether the path is left out.
func (ps Patterns) Excludes(path string) bool {
	m, _ := ps.Match(path)
	return m.Excluded
}

// prefixes is the path and every directory above it, the path first.
func prefixes(path string) []string {
	all := []string{path}
	for {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return all
		}
		path = path[:i]
		all = append(all, path)
	}
}

// pattern is one line of .gitignore.
type pattern struct {
	text    string
	index   int
	negated bool // begins with !
	dirOnly bool // ends with /
	base    bool // has no slash: matches names in any directory
	re      *regexp.Regexp
}

// parsePattern reads one pattern; its re is nil where it is blank or a comment.
func parsePattern(text string) (pattern, error) {
	p := pattern{text: text}
	rest := trimBlank(text)
	if rest == "" || rest[0] == '#' {
		return p, nil
	}
	rest, p.negated = strings.CutPrefix(rest, "!")
	rest, p.dirOnly = strings.CutSuffix(rest, "/")
	p.base = !strings.Contains(rest, "/")
	rest = strings.TrimPrefix(rest, "/")
	if rest == "" {
		return p, fmt.Errorf("it names nothing")
	}
	if strings.ContainsAny(rest, "\x00") {
		return p, fmt.Errorf("it holds a NUL character, which no path does")
	}
	var err error
	p.re, err = glob(rest)
	return p, err
}

// trimBlank removes spaces at the end that no backslash protects.
func trimBlank(text string) string {
	end := len(strings.TrimRight(text, " "))
	backslashes := 0
	for backslashes < end && text[end-1-backslashes] == '\\' {
		backslashes++
	}
	if backslashes%2 == 1 && end < len(text) {
		end++
	}
	return text[:end]
}

// matches gives the place of the first of the names that the pattern matches:
// 0 is the file, the rest are the directories above it. It is -1 where none
// matches.
func (p pattern) matches(names []string) int {
	for i, name := range names {
		if p.dirOnly && i == 0 {
			continue
		}
		if p.base {
			name = name[strings.LastIndexByte(name, '/')+1:]
		}
		if p.re.MatchString(name) {
			return i
		}
	}
	return -1
}
