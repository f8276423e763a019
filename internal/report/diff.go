package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gantline.dev/gantline/internal/objdiff"
)

// Diff is the difference of the workflows of two commits, what a reviewer sees
// before a merge.
type Diff struct {
	Project string `json:"project"`
	// Tool is the version that rendered both sides.
	Tool string `json:"tool"`
	Base Ref    `json:"base"`
	Head Ref    `json:"head"`
	// Note says why there is no base commit, where there is none.
	Note string `json:"note,omitempty"`
	// Flows is the flows of both sides, drawn. One without a change is left
	// out by the writers for people.
	Flows   []FlowView      `json:"flows"`
	Changes objdiff.Changes `json:"changes"`
}

// Ref is one side of a comparison. Name is what it was asked for as, or a
// branch; Commit its full hash, empty where there is none.
type Ref struct {
	Name    string `json:"name"`
	Commit  string `json:"commit"`
	Subject string `json:"subject,omitempty"`
}

// String is the name with the short hash: main (1a2b3c4d5e6f).
func (r Ref) String() string {
	short := shortHash(r.Commit)
	switch {
	case r.Name == "" || r.Name == r.Commit:
		return short
	case short == "":
		return r.Name
	}
	return r.Name + " (" + short + ")"
}

// sentence is a note with a capital and a full stop.
func sentence(note string) string {
	first, size := utf8.DecodeRuneInString(note)
	return string(unicode.ToUpper(first)) + note[size:] + "."
}

func shortHash(hash string) string { return hash[:min(len(hash), 12)] }

// FlowView is a flow as reports show it.
type FlowView struct {
	Name string `json:"name"`
	// File is where the flow is declared.
	File string `json:"file,omitempty"`
	// Schedule is when it runs by itself, in words or as cron lines.
	Schedule string `json:"schedule,omitempty"`
	// Mark says whether the flow as a whole came, went or changed.
	Mark  Mark  `json:"mark,omitempty"`
	Graph Graph `json:"graph"`
}

// Summary is the difference in a sentence.
func (d Diff) Summary() string { return summarise(d.Changes) }

func summarise(c objdiff.Changes) string {
	if c.Empty() {
		return fmt.Sprintf("No workflow changes: %s the same on both sides.", count(c.Unchanged, "object is", "objects are"))
	}
	var parts []string
	for _, part := range []struct {
		objects []objdiff.ObjectChange
		what    string
	}{{c.Changed, "changed"}, {c.Added, "added"}, {c.Removed, "removed"}} {
		if n := len(part.objects); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, part.what))
		}
	}
	if c.Unchanged > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", c.Unchanged))
	}
	text := "Objects: " + strings.Join(parts, ", ") + "."
	if n := len(c.Images); n > 0 {
		places := 0
		for _, image := range c.Images {
			places += len(image.Places)
		}
		text += fmt.Sprintf(" %s moved, in %s.", count(n, "image", "images"), count(places, "place", "places"))
	}
	return text
}

// hiddenNote says what was left out of the comparison; empty for nothing.
func hiddenNote(hidden []objdiff.Hidden) string {
	var rules []string
	total := 0
	for _, h := range hidden {
		total += h.Count
		rules = append(rules, h.Rule)
	}
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("Left out: %s in what controllers and tools write for themselves (%s).",
		count(total, "difference", "differences"), strings.Join(rules, ", "))
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// steps is the names of the templates that an image moved in, each once.
func steps(image objdiff.ImageChange) []string {
	var out []string
	seen := map[string]bool{}
	for _, place := range image.Places {
		name := place.Step()
		if name == "" {
			name = place.Object.String()
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// isText says whether one side of the change is a text of several lines; such
// are compared line by line.
func isText(field objdiff.FieldChange) bool {
	before, after := field.Texts()
	return strings.Contains(before, "\n") || strings.Contains(after, "\n")
}

// trimPath is a path without the "spec." that nearly all start with.
func trimPath(path objdiff.Path) string { return strings.TrimPrefix(path.String(), "spec.") }
