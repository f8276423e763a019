package repoclean

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// clashes groups the files of the image whose paths differ only in case or
// Unicode form, in the order of the first of each group.
func clashes(files []Verdict) [][]string {
	first := make(map[string]string, len(files))
	groups := map[string]int{}
	var out [][]string
	for _, v := range files {
		if !v.Included {
			continue
		}
		key := fold(v.Path)
		earlier, known := first[key]
		if !known {
			first[key] = v.Path
			continue
		}
		i, grouped := groups[key]
		if !grouped {
			i = len(out)
			groups[key] = i
			out = append(out, []string{earlier})
		}
		out[i] = append(out[i], v.Path)
	}
	return out
}

// fold is a path as a system sees it that doesn't tell case and Unicode forms
// apart.
func fold(path string) string { return strings.ToLower(norm.NFC.String(path)) }
