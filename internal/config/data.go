package config

import (
	"path"
	"regexp"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// maxVolumeName is the longest name of data that is a volume, in bytes: the
// pod's volume is called data-NAME, and Kubernetes takes 63.
const maxVolumeName = 63 - len("data-")

var dataName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$`)

func (c *checker) data(entries diag.Dict[*DataFile]) []Data {
	var out []Data
	for _, entry := range entries {
		if entry.V == nil || !entry.V.Files.IsSet() {
			continue // a problem already
		}
		files, volume := entry.V.Files, orDefault(entry.V.Volume, false)
		c.dataName(entry.Key, volume)
		clean := path.Clean(files.V)
		if files.V == "" || clean == "." || path.IsAbs(clean) || clean == ".." || strings.HasPrefix(clean, "../") {
			c.hintf(files.Pos, "data", "write a path below the repository's root, such as assets/tokenizer.model", "%q is not a path in the repository", files.V)
			continue
		}
		out = append(out, Data{Pos: files.Pos, Name: entry.Key.V, Path: clean, Volume: volume})
	}
	return out
}

func (c *checker) dataName(name diag.Value[string], volume bool) {
	switch {
	case !dataName.MatchString(name.V):
		c.hintf(name.Pos, "data", "take letters, digits, dots, dashes and slashes, as in models/tokenizer", "%q can't name data", name.V)
	case volume && (!dnsLabel.MatchString(name.V) || len(name.V) > maxVolumeName):
		c.errorf(name.Pos, "data", "%q can't name a volume of a pod: it takes lower-case letters, digits and dashes, %d at most", name.V, maxVolumeName)
	}
}
