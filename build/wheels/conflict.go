package wheels

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// Laid is a wheel of a set with the files that it makes.
type Laid struct {
	Name    string
	Entries []Entry
}

// Conflict is a path that two wheels of a set make with different contents or
// modes. The second one, which comes later in the set, is installed later, and
// has it.
type Conflict struct {
	// Path is absolute in the image, without the slash at its start.
	Path string
	// First and Second are names of packages.
	First, Second string
	// Directory says that the path is a file of one and a directory of the other:
	// no installer installs both.
	Directory bool
}

// Conflicts are the conflicts of a set in the order in which it would be
// installed, by path. A file that several wheels have alike, as namespace
// packages do, is none.
func Conflicts(set []Laid) []Conflict {
	var found []Conflict
	files := map[string]owned{}
	for i, wheel := range set {
		for _, entry := range wheel.Entries {
			if before, ok := files[entry.Path]; ok && !before.entry.same(entry) {
				found = append(found, Conflict{Path: entry.Path, First: set[before.by].Name, Second: wheel.Name})
			}
			files[entry.Path] = owned{i, entry}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(files)) {
		for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) {
			if file, ok := files[dir]; ok {
				first, second := min(file.by, files[at].by), max(file.by, files[at].by)
				found = append(found, Conflict{Path: dir, First: set[first].Name, Second: set[second].Name, Directory: true})
			}
		}
	}
	slices.SortFunc(found, func(a, b Conflict) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.First, b.First), strings.Compare(a.Second, b.Second))
	})
	return slices.Compact(found)
}

// owned is a file and the wheel that it is of, by place in the set.
type owned struct {
	by    int
	entry Entry
}

func (e Entry) same(other Entry) bool {
	return e.Hash == other.Hash && e.Mode == other.Mode && e.Link == other.Link
}

// Overlay is the files, by path, that a layer above the layers must hold so that
// the set is as if it had been installed in its order. Layers are lists of
// names, the lowest first; of one layer the last wheel has a path.
//
// Layers are ordered by size, and each is a function of its own wheels, so that
// they can be shared and a changed package costs little. A path of two wheels
// goes to the higher layer then, which need not be the later wheel's. The
// overlay mends that, and is a function of the winning wheels and of the paths.
// It is empty for nearly all sets.
func Overlay(set []Laid, layers [][]string) []Entry {
	byName := make(map[string]Laid, len(set))
	wins := map[string]Entry{}
	for _, wheel := range set {
		byName[wheel.Name] = wheel
		for _, entry := range wheel.Entries {
			wins[entry.Path] = entry
		}
	}
	seen := map[string]Entry{}
	for _, layer := range layers {
		for _, name := range layer {
			for _, entry := range byName[name].Entries {
				seen[entry.Path] = entry
			}
		}
	}
	var over []Entry
	for _, at := range slices.Sorted(maps.Keys(seen)) {
		if !seen[at].same(wins[at]) {
			over = append(over, wins[at])
		}
	}
	return over
}
