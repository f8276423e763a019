package objdiff

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/kube"
)

// ImageChange is one image reference that took the place of another, with
// everywhere that it did.
type ImageChange struct {
	Old string `json:"old"`
	New string `json:"new"`
	// Pin is "pinned" where a tag became a digest, "unpinned" where a digest
	// became a tag, else empty.
	Pin    string       `json:"pin,omitempty"`
	Places []ImagePlace `json:"places"`
}

// ImagePlace is one field that holds the image.
type ImagePlace struct {
	Object kube.ID `json:"object"`
	Path   Path    `json:"path"`
}

// Step is the template that the place belongs to; empty outside of templates.
func (p ImagePlace) Step() string {
	name, _ := p.Path.named("templates")
	return name
}

// isImage says whether a field is an image reference that moved.
func isImage(field FieldChange) bool {
	return field.Op == Changed && (field.Path.last() == "image" || field.Path.ofVolume()) &&
		field.Path[0] == (Segment{By: byKey, Name: "spec"}) &&
		field.Before[0] == '"' && field.After[0] == '"'
}

// ofVolume says whether a path is that of the image that a volume is.
func (p Path) ofVolume() bool {
	return p.last() == "reference" && p[:len(p)-1].last() == "image"
}

// unbuilt begins the reference of an image that a preview did not build.
const unbuilt = "unbuilt:"

// isNewBuild says whether an image moved within its repository, as far as one
// can know of an image that is not built.
func isNewBuild(field FieldChange) bool {
	before, after := stringOf(field.Before), stringOf(field.After)
	return repository(before) == repository(after) ||
		strings.HasPrefix(before, unbuilt) || strings.HasPrefix(after, unbuilt)
}

// OnlyNewBuild says whether nothing of the object changed but that its images
// are newer builds of the same ones, as every commit of code brings about.
func (c ObjectChange) OnlyNewBuild() bool {
	if c.Op != Changed || len(c.Fields) > 0 {
		return false
	}
	for _, field := range c.Images {
		if !isNewBuild(field) {
			return false
		}
	}
	return true
}

// repository is an image reference without digest and tag.
func repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if colon := strings.LastIndexByte(image, ':'); colon > strings.LastIndexByte(image, '/') {
		image = image[:colon]
	}
	return image
}

// rollUp gathers equal moves, those with most places first.
func rollUp(changes []ObjectChange) []ImageChange {
	type move struct{ from, to string }
	places := map[move][]ImagePlace{}
	for _, change := range changes {
		for _, field := range change.Images {
			key := move{stringOf(field.Before), stringOf(field.After)}
			places[key] = append(places[key], ImagePlace{Object: change.ID, Path: field.Path})
		}
	}
	out := make([]ImageChange, 0, len(places))
	for key, at := range places {
		out = append(out, ImageChange{Old: key.from, New: key.to, Pin: pin(key.from, key.to), Places: at})
	}
	slices.SortFunc(out, func(a, b ImageChange) int {
		return cmp.Or(cmp.Compare(len(b.Places), len(a.Places)), cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
	return out
}

func pin(before, after string) string {
	was, is := strings.Contains(before, "@"), strings.Contains(after, "@")
	switch {
	case strings.HasPrefix(before, unbuilt), strings.HasPrefix(after, unbuilt):
		return "" // it is pinned once it is built
	case was && !is:
		return "unpinned"
	case !was && is:
		return "pinned"
	}
	return ""
}

// stringOf is a JSON string's content, or the JSON text of another value.
func stringOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	return text
}
