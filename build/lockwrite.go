package build

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
)

// Bytes is the lock as text: the same bytes for equal locks.
func (l Lock) Bytes() []byte {
	var out bytes.Buffer
	out.WriteString("# What images meant and had when `gantline lock` wrote this. Commit it; don't edit it.\n")
	fmt.Fprintf(&out, "version: %d\n", lockVersion)
	writeImages(&out, "bases", l.Bases)
	writeImages(&out, "images", l.Images)
	writeFacts(&out, l.Environments)
	if len(l.Step) > 0 {
		out.WriteString("gantline-step:\n")
		for _, platform := range slices.Sorted(maps.Keys(l.Step)) {
			fmt.Fprintf(&out, "  %s: %s\n", yamlText(platform), yamlText(l.Step[platform]))
		}
	}
	return out.Bytes()
}

func writeImages(out *bytes.Buffer, key string, images map[string]Pinned) {
	if len(images) == 0 {
		return
	}
	fmt.Fprintf(out, "%s:\n", key)
	for _, name := range slices.Sorted(maps.Keys(images)) {
		pinned := images[name]
		fmt.Fprintf(out, "  %s:\n    digest: %s\n", yamlText(name), yamlText(pinned.Digest))
		if len(pinned.Platforms) == 0 {
			continue
		}
		out.WriteString("    platforms:\n")
		for _, platform := range slices.Sorted(maps.Keys(pinned.Platforms)) {
			p := pinned.Platforms[platform]
			fmt.Fprintf(out, "      %s:\n        digest: %s\n        layers: %d\n        size: %d\n",
				yamlText(platform), yamlText(p.Digest), p.Layers, p.Size)
		}
	}
}

// yamlText is text as a YAML scalar: plain where that can't be mistaken for
// anything else, in double quotes elsewhere.
func yamlText(text string) string {
	if regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9._-]*[./:@-][a-zA-Z0-9._/:@-]*[a-zA-Z0-9]$`).MatchString(text) {
		return text
	}
	return strconv.Quote(text)
}
