package wheels

import (
	"slices"
	"strings"
)

// condition is when a package is needed: one of its ways must hold, and of a way
// each marker. No way is never; a way without markers is always.
type condition []way

// way is a sorted list of markers, each once.
type way []string

// and is the condition with one more marker in each way.
func (c condition) and(marker string) condition {
	if marker == "" {
		return c
	}
	out := make(condition, 0, len(c))
	for _, w := range c {
		at, found := slices.BinarySearch(w, marker)
		if !found {
			w = slices.Insert(slices.Clone(w), at, marker)
		}
		out = append(out, w)
	}
	return out
}

// or joins two conditions and says whether that is more than the first. A way
// that holds whenever another does is left out.
func (c condition) or(other condition) (condition, bool) {
	grew := false
	for _, w := range other {
		if slices.ContainsFunc(c, func(has way) bool { return has.within(w) }) {
			continue
		}
		grew = true
		kept := condition{}
		for _, has := range c {
			if !w.within(has) {
				kept = append(kept, has)
			}
		}
		c = append(kept, w)
	}
	return c, grew
}

// within says whether all of the way's markers are the other's too.
func (w way) within(other way) bool {
	for _, marker := range w {
		if _, found := slices.BinarySearch(other, marker); !found {
			return false
		}
	}
	return true
}

// String is the condition as one marker.
func (c condition) String() string {
	var ways []string
	for _, w := range c {
		if len(w) == 0 {
			return ""
		}
		ways = append(ways, w.text())
	}
	slices.Sort(ways)
	return strings.Join(ways, " or ")
}

func (w way) text() string {
	if len(w) == 1 {
		return w[0]
	}
	var parts []string
	for _, marker := range w {
		if strings.Contains(marker, " or ") {
			marker = "(" + marker + ")"
		}
		parts = append(parts, marker)
	}
	return strings.Join(parts, " and ")
}
