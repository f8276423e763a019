package wheels

import (
	"strings"
)

// wheelName is what the name of a wheel says.
type wheelName struct {
	name, version string
	build         string // empty where it has none
	tags          []string
}

// splitWheelName reads "numpy-2.1.0-1-cp311-cp311-manylinux_2_17_x86_64.whl".
// Compressed sets of tags are expanded.
func splitWheelName(file string) (wheelName, bool) {
	stem, isWheel := strings.CutSuffix(file, ".whl")
	parts := strings.Split(stem, "-")
	if !isWheel || len(parts) < 5 || len(parts) > 6 {
		return wheelName{}, false
	}
	w := wheelName{name: parts[0], version: strings.ReplaceAll(parts[1], "_", "-")}
	if len(parts) == 6 {
		w.build = parts[2]
		if !digits(w.build[:min(1, len(w.build))]) {
			return wheelName{}, false
		}
	}
	tags := parts[len(parts)-3:]
	for interpreter := range strings.SplitSeq(tags[0], ".") {
		for abi := range strings.SplitSeq(tags[1], ".") {
			for platform := range strings.SplitSeq(tags[2], ".") {
				w.tags = append(w.tags, strings.ToLower(interpreter+"-"+abi+"-"+platform))
			}
		}
	}
	return w, w.name != "" && w.version != ""
}

// sdistSuffixes are the forms of source archives that pip builds.
var sdistSuffixes = []string{".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".tar"}

// sdistVersion is what the name of an sdist says of the version of a package:
// "idna-3.10.tar.gz".
func sdistVersion(file, name string) (string, bool) {
	for _, suffix := range sdistSuffixes {
		stem, ok := strings.CutSuffix(file, suffix)
		if !ok {
			continue
		}
		// Names and versions may both have hyphens: the name is known.
		for i := range len(stem) {
			if stem[i] == '-' && Normalize(stem[:i]) == name && i+1 < len(stem) {
				return stem[i+1:], true
			}
		}
	}
	return "", false
}

func isSDist(file string) bool {
	for _, suffix := range sdistSuffixes {
		if strings.HasSuffix(file, suffix) {
			return true
		}
	}
	return false
}
