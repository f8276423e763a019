package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Attributes is what the .gitattributes files of one tree say. Files outside
// the tree (.git/info/attributes, a user's own) don't count, so that a commit
// means the same on every machine.
type Attributes struct {
	// dirs holds the rules of each directory's file, the last line first.
	dirs   map[string][]attributeRule
	macros map[string][]setting
}

// attributeRule is one line of a .gitattributes file.
type attributeRule struct {
	re       *regexp.Regexp
	base     bool // matches names in any directory
	settings []setting
}

// setting is one attribute of a line; an empty value is "unspecified".
type setting struct{ name, value string }

// AttributeSet and AttributeUnset are the values of an attribute that is
// written without a value: "text" and "-text".
const (
	AttributeSet   = "set"
	AttributeUnset = "unset"
)

// Attributes reads the .gitattributes files among a tree's entries.
func (r *Repo) Attributes(ctx context.Context, entries []Entry) (*Attributes, error) {
	var dirs, hashes []string
	for _, e := range entries {
		if path.Base(e.Path) == ".gitattributes" && (e.Mode == File || e.Mode == Executable) {
			dirs = append(dirs, strings.TrimSuffix(strings.TrimSuffix(e.Path, ".gitattributes"), "/"))
			hashes = append(hashes, e.Hash)
		}
	}
	a := newAttributes()
	if len(hashes) == 0 {
		return a, nil
	}
	texts, err := r.ReadBlobs(ctx, hashes)
	if err != nil {
		return nil, fmt.Errorf("reading .gitattributes: %w", err)
	}
	for i, dir := range dirs {
		a.add(dir, texts[i])
	}
	return a, nil
}

func newAttributes() *Attributes {
	return &Attributes{
		dirs:   map[string][]attributeRule{},
		macros: map[string][]setting{"binary": {{"diff", AttributeUnset}, {"merge", AttributeUnset}, {"text", AttributeUnset}}},
	}
}

// add reads one file. Lines that git would ignore with a warning are ignored.
func (a *Attributes) add(dir string, text []byte) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	for line := range strings.SplitSeq(string(text), "\n") {
		name, settings := splitAttributes(line)
		if macro, ok := strings.CutPrefix(name, "[attr]"); ok {
			if dir == "" {
				a.macros[macro] = settings
			}
			continue
		}
		if rule, ok := newRule(name, settings); ok {
			a.dirs[dir] = append(a.dirs[dir], rule)
		}
	}
	slices.Reverse(a.dirs[dir])
}

// newRule compiles a pattern. One that begins with ! is not allowed, one that
// ends with a slash names directories, which have no attributes.
func newRule(text string, settings []setting) (attributeRule, bool) {
	if text == "" || text[0] == '#' || text[0] == '!' || strings.HasSuffix(text, "/") {
		return attributeRule{}, false
	}
	re, err := glob(strings.TrimPrefix(text, "/"))
	return attributeRule{re: re, base: !strings.Contains(text, "/"), settings: settings}, err == nil
}

// splitAttributes takes a line apart: the pattern, quoted or not, and what it
// sets.
func splitAttributes(line string) (pattern string, settings []setting) {
	const blank = " \t\r"
	line = strings.TrimLeft(line, blank)
	rest := ""
	if quoted, err := strconv.QuotedPrefix(line); err == nil && quoted[0] == '"' {
		pattern, _ = strconv.Unquote(quoted)
		rest = line[len(quoted):]
	} else if i := strings.IndexAny(line, blank); i >= 0 {
		pattern, rest = line[:i], line[i:]
	} else {
		pattern = line
	}
	for word := range strings.FieldsSeq(rest) {
		settings = append(settings, parseSetting(word))
	}
	return pattern, settings
}

func parseSetting(word string) setting {
	if name, ok := strings.CutPrefix(word, "-"); ok {
		return setting{name, AttributeUnset}
	}
	if name, ok := strings.CutPrefix(word, "!"); ok {
		return setting{name, ""}
	}
	if name, value, ok := strings.Cut(word, "="); ok {
		return setting{name, value}
	}
	return setting{word, AttributeSet}
}

// Value is what an attribute is for a path: its value, AttributeSet,
// AttributeUnset, or "" where nothing is said. The nearest file decides, and
// within a file the last line.
func (a *Attributes) Value(file, attribute string) string {
	for _, dir := range append(prefixes(file)[1:], "") {
		rel := latin1(strings.TrimPrefix(strings.TrimPrefix(file, dir), "/"))
		for _, rule := range a.dirs[dir] {
			if !rule.matches(rel) {
				continue
			}
			if value, ok := a.lookup(rule.settings, attribute); ok {
				return value
			}
		}
	}
	return ""
}

func (rule attributeRule) matches(rel string) bool {
	if rule.base {
		rel = path.Base(rel)
	}
	return rule.re.MatchString(rel)
}

// lookup finds an attribute among a line's settings, the last first, macros
// included.
func (a *Attributes) lookup(settings []setting, attribute string) (string, bool) {
	for _, s := range slices.Backward(settings) {
		if s.name == attribute {
			return s.value, true
		}
		if s.value != AttributeSet {
			continue
		}
		for _, m := range slices.Backward(a.macros[s.name]) {
			if m.name == attribute {
				return m.value, true
			}
		}
	}
	return "", false
}

// LFS says whether a path is declared to be kept by Git LFS.
func (a *Attributes) LFS(file string) bool { return a.Value(file, "filter") == "lfs" }

// AnyLFS says whether any path at all can be declared to be kept by Git LFS.
func (a *Attributes) AnyLFS() bool {
	for _, rules := range a.dirs {
		for _, rule := range rules {
			if value, ok := a.lookup(rule.settings, "filter"); ok && value == "lfs" {
				return true
			}
		}
	}
	return false
}
