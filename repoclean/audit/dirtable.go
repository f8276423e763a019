package audit

import (
	"slices"
	"strings"

	"gantline.dev/gantline/repoclean"
)

// dirTable is the directories above some paths, each after the one it is in.
// The first is the root.
type dirTable struct {
	names  []string
	parent []uint32 // of a directory; the root is its own
	of     []uint32 // of a path: the directory it is in
	index  map[string]uint32
	// kinds is of a path the number of its kind in kindList.
	kinds    []uint8
	kindList []repoclean.FileKind
}

func newDirTable(paths []string) *dirTable {
	t := &dirTable{names: []string{""}, parent: []uint32{0}, index: map[string]uint32{"": 0},
		of: make([]uint32, len(paths)), kinds: make([]uint8, len(paths))}
	for i, file := range paths {
		t.of[i], t.kinds[i] = t.add(dirOf(file)), t.addKind(repoclean.KindOf(file))
	}
	return t
}

// kind is what a path's file is for.
func (t *dirTable) kind(path int) repoclean.FileKind { return t.kindList[t.kinds[path]] }

func (t *dirTable) addKind(kind repoclean.FileKind) uint8 {
	i := slices.Index(t.kindList, kind)
	if i < 0 {
		i = len(t.kindList)
		t.kindList = append(t.kindList, kind)
	}
	return uint8(i)
}

func dirOf(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return ""
}

func (t *dirTable) add(dir string) uint32 {
	if i, ok := t.index[dir]; ok {
		return i
	}
	parent := t.add(dirOf(dir))
	i := uint32(len(t.names))
	t.names, t.parent = append(t.names, dir), append(t.parent, parent)
	t.index[dir] = i
	return i
}

// sums adds up what lies below each directory.
func (t *dirTable) sums(paths []sum) []sum {
	sums := make([]sum, len(t.names))
	for i := range paths {
		sums[t.of[i]].add(paths[i])
	}
	for i := len(sums) - 1; i > 0; i-- { // those below come before
		sums[t.parent[i]].add(sums[i])
	}
	return sums
}
