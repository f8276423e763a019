package gitrepo

import (
	"errors"
	"strings"
	"testing"
)

// FuzzDecodeTree: whatever bytes a tree object holds, what is read of it stays
// inside the directory it is unpacked into, and what is refused is told as a
// TreeError.
func FuzzDecodeTree(f *testing.F) {
	hash := strings.Repeat("\x01", 20)
	for _, entries := range [][]string{
		nil,
		{"100644 a\x00" + hash, "40000 b\x00" + hash, "120000 c\x00" + hash, "160000 d\x00" + hash},
		{"100644 a\x00" + hash, "100644 a\x00" + hash},      // twice
		{"100644 b\x00" + hash, "100644 a\x00" + hash},      // unsorted
		{"100644 ..\x00" + hash}, {"40000 .git\x00" + hash}, // would lead elsewhere
		{"100644 a/b\x00" + hash}, {"100644 \x00" + hash}, // no names
		{"100644 a\x00" + hash[:7]}, {"100644 a"}, {"100644"}, // cut off
		{"777777777777777777777 a\x00" + hash}, {"0 a\x00" + hash}, {" a\x00" + hash},
		{"100664 old-mode\x00" + hash}, {"100644 \xff\xfe\n\x00" + hash},
	} {
		f.Add([]byte(strings.Join(entries, "")), false)
		f.Add([]byte(strings.Join(entries, "")), true)
	}
	f.Fuzz(func(t *testing.T, content []byte, sha256 bool) {
		width := 20
		if sha256 {
			width = 32
		}
		files, dirs, err := decodeTree(rawTree{hash: "tree", content: content}, width, "dir")
		if err != nil {
			var bad *TreeError
			if !errors.As(err, &bad) {
				t.Errorf("refused with %T: %v", err, err)
			}
			return
		}
		seen := map[string]bool{}
		check := func(path, hash string) {
			name, below := strings.CutPrefix(path, "dir/")
			if !below || name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
				t.Errorf("path %q", path)
			}
			if seen[path] {
				t.Errorf("path %q twice", path)
			}
			seen[path] = true
			if len(hash) != 2*width {
				t.Errorf("path %q has hash %q", path, hash)
			}
		}
		for _, e := range files {
			check(e.Path, e.Hash)
		}
		for _, d := range dirs {
			check(d.path, d.hash)
		}
	})
}
