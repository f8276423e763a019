package objdiff

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Path leads from an object's root to a value. As text it is
//
//	spec.templates[train].container.exec.env[SEED].value
//
// with .key for a mapping, [name] for an element known by its name,
// [mountPath="/data"] for one known by another field, [2] for one known by its
// place, counted from 0, and [] for a member of a set. Whatever could be
// misread stands in quotes, as JSON: .metadata.labels["gantline.dev/flow"].
type Path []Segment

// Segment is one step of a Path. By says how it chooses: "." a mapping's key,
// "#" an element's place, "{}" a member of a set, any other value the field
// that identifies an element.
type Segment struct {
	By    string
	Name  string
	Index int
}

const (
	byKey    = "."
	byIndex  = "#"
	byMember = "{}"
)

var (
	plainKey  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)
)

// String is the path as text; ParsePath reads it back.
func (p Path) String() string {
	var out strings.Builder
	for i, segment := range p {
		text := segment.text()
		if i == 0 {
			text = strings.TrimPrefix(text, ".")
		}
		out.WriteString(text)
	}
	return out.String()
}

func (s Segment) text() string {
	switch {
	case s.By == byKey && plainKey.MatchString(s.Name):
		return "." + s.Name
	case s.By == byKey:
		return "[" + quote(s.Name) + "]"
	case s.By == byIndex:
		return "[" + strconv.Itoa(s.Index) + "]"
	case s.By == byMember:
		return "[]"
	case s.By == "name" && plainName.MatchString(s.Name):
		return "[" + s.Name + "]"
	}
	return "[" + s.By + "=" + quote(s.Name) + "]"
}

func quote(text string) string {
	out, _ := json.Marshal(text) // a string can always be encoded
	return string(out)
}

// MarshalText implements encoding.TextMarshaler.
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Path) UnmarshalText(text []byte) error {
	path, err := ParsePath(string(text))
	*p = path
	return err
}

var segmentForms = regexp.MustCompile(
	`^(?:\.?([A-Za-z_][A-Za-z0-9_-]*)` + // 1: key
		`|\[(\d+)\]` + // 2: place
		`|\[([A-Za-z_][A-Za-z0-9_.-]*)\]` + // 3: name
		`|(\[\])` + // 4: member of a set
		`|\[(?:([A-Za-z]+)=)?("(?:[^"\\]|\\.)*")\])`) // 5, 6: field and quoted text

// ParsePath reads a path's text.
func ParsePath(text string) (Path, error) {
	path := Path{}
	for rest := text; rest != ""; {
		match := segmentForms.FindStringSubmatch(rest)
		if match == nil || (match[1] != "") && (rest[0] == '.') == (len(path) == 0) {
			return nil, fmt.Errorf("parsing path %q: %q is no segment", text, rest)
		}
		segment, err := parseSegment(match)
		if err != nil {
			return nil, fmt.Errorf("parsing path %q: %w", text, err)
		}
		path, rest = append(path, segment), rest[len(match[0]):]
	}
	return path, nil
}

func parseSegment(match []string) (Segment, error) {
	switch {
	case match[1] != "":
		return Segment{By: byKey, Name: match[1]}, nil
	case match[2] != "":
		index, err := strconv.Atoi(match[2])
		return Segment{By: byIndex, Index: index}, err
	case match[3] != "":
		return Segment{By: "name", Name: match[3]}, nil
	case match[4] != "":
		return Segment{By: byMember}, nil
	}
	segment := Segment{By: byKey}
	if match[5] != "" {
		segment.By = match[5]
	}
	return segment, json.Unmarshal([]byte(match[6]), &segment.Name)
}

// child is the path with one more segment. It never shares its tail with
// another path.
func (p Path) child(s Segment) Path {
	return append(p[:len(p):len(p)], s)
}

// named is the name of the element that the path chooses from the list under
// the key, such as the step in tasks[step].
func (p Path) named(list string) (string, bool) {
	for i, segment := range p[:max(len(p)-1, 0)] {
		if next := p[i+1]; segment.By == byKey && segment.Name == list && next.By == "name" {
			return next.Name, true
		}
	}
	return "", false
}

// isElementOf says whether the path ends in a named element of the list.
func (p Path) isElementOf(list string) bool {
	n := len(p)
	return n > 1 && p[n-1].By == "name" && p[n-2] == Segment{By: byKey, Name: list}
}

// last is the key that the path ends with; empty where it ends in an element.
func (p Path) last() string {
	if len(p) == 0 || p[len(p)-1].By != byKey {
		return ""
	}
	return p[len(p)-1].Name
}

// lastKey is the last key on the path, whatever follows it.
func (p Path) lastKey() string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].By == byKey {
			return p[i].Name
		}
	}
	return ""
}
