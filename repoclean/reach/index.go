package reach

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// index finds files by name. A file is its number in paths.
type index struct {
	paths []string
	// ids finds a file by its path, or by a path that leads to it through a
	// link to a directory.
	ids map[string]int
	// bases is the files of each last name.
	bases map[string][]int
	// modules is what can be imported, by its last name, and by its last two:
	// many packages have a module "utils".
	modules map[string][]place
	// dirs is every directory, dirNames the directories of each last name.
	dirs     map[string]bool
	dirNames map[string][]string
	// links is what links among the files stand for, by the link's number.
	links map[int]string
}

// place is a module, and the file that it is.
type place struct {
	module string // its path without what makes it a file
	id     int
}

// newIndex sorts the paths and finds what is where.
func newIndex(paths []string, links map[string]string) *index {
	x := &index{
		paths: slices.Compact(slices.Sorted(slices.Values(paths))),
		ids:   make(map[string]int, len(paths)), bases: map[string][]int{}, modules: map[string][]place{},
		dirs: map[string]bool{"": true}, dirNames: map[string][]string{}, links: map[int]string{},
	}
	for i, p := range x.paths {
		base := path.Base(p)
		x.bases[base] = append(x.bases[base], i)
		x.name(p, i)
	}
	x.follow(links)
	return x
}

// name notes that a path leads to a file.
func (x *index) name(p string, id int) {
	x.ids[p] = id
	for dir := parent(p); !x.dirs[dir]; dir = parent(dir) {
		x.dirs[dir] = true
		x.dirNames[path.Base(dir)] = append(x.dirNames[path.Base(dir)], dir)
	}
	module := ""
	switch stem, _, _ := strings.Cut(path.Base(p), "."); {
	case path.Base(p) == "__init__.py":
		module = parent(p)
	case strings.HasSuffix(p, ".py"):
		module = strings.TrimSuffix(p, ".py")
	case kindOf(p) == compiled:
		module = path.Join(parent(p), stem)
	}
	if module != "" {
		last := path.Base(module)
		x.modules[last] = append(x.modules[last], place{module, id})
		if two := lastTwo(module); two != last {
			x.modules[two] = append(x.modules[two], place{module, id})
		}
	}
}

// lastTwo is the last two names of a path, or the one that it has.
func lastTwo(p string) string {
	i := strings.LastIndexByte(p, '/')
	return p[strings.LastIndexByte(p[:max(i, 0)], '/')+1:]
}

// maxThroughLinks bounds the names that links to directories add, where links
// multiply each other.
const maxThroughLinks = 100_000

// follow notes what the links stand for, and the names that files have through
// links to directories.
func (x *index) follow(links map[string]string) {
	names := 0
	for _, link := range slices.Sorted(maps.Keys(links)) {
		id, ok := x.ids[link]
		target := path.Join(parent(link), links[link])
		if !ok || path.IsAbs(links[link]) || target == ".." || strings.HasPrefix(target, "../") {
			continue
		}
		target = resolveLinks(target, links)
		if target == "." {
			target = ""
		}
		x.links[id] = target
		if !x.dirs[target] || under(link, target) {
			continue
		}
		for i, end := x.below(target); i < end; i++ {
			through := path.Join(link, strings.TrimPrefix(x.paths[i], target))
			if _, taken := x.ids[through]; taken || names >= maxThroughLinks {
				continue
			}
			names++
			x.name(through, i)
		}
	}
}

// resolveLinks replaces the links on the way to a path by their targets.
func resolveLinks(p string, links map[string]string) string {
	for range 8 { // as many as a chain of links has that anybody means
		at, rest, found := p, "", false
		for at != "" && at != "." {
			if target, ok := links[at]; ok && !path.IsAbs(target) {
				p, found = path.Join(parent(at), target, rest), true
				break
			}
			rest = path.Join(path.Base(at), rest)
			at = parent(at)
		}
		if !found {
			break
		}
	}
	return p
}

// below is the span of the files below a directory: the first, and the one
// after the last.
func (x *index) below(dir string) (from, to int) {
	if dir == "" {
		return 0, len(x.paths)
	}
	from, _ = slices.BinarySearch(x.paths, dir+"/")
	to, _ = slices.BinarySearch(x.paths, dir+"0") // 0 comes after the slash
	return from, to
}

// ending is the files whose path is the given one or ends with it after a
// slash.
func (x *index) ending(suffix string) []int {
	var ids []int
	for _, i := range x.bases[path.Base(suffix)] {
		if p := x.paths[i]; p == suffix || strings.HasSuffix(p, "/"+suffix) {
			ids = append(ids, i)
		}
	}
	return ids
}

// dirsEnding is the directories of a name in any directory, sorted.
func (x *index) dirsEnding(suffix string) []string {
	var dirs []string
	for _, dir := range x.dirNames[path.Base(suffix)] {
		if dir == suffix || strings.HasSuffix(dir, "/"+suffix) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// appendFile appends the file of that path, if there is one.
func (x *index) appendFile(ids []int, p string) []int {
	if id, ok := x.ids[p]; ok {
		return append(ids, id)
	}
	return ids
}

// has says whether a directory has a file of that name.
func (x *index) has(dir, name string) bool {
	_, ok := x.ids[path.Join(dir, name)]
	return ok
}

// packageOf is the outermost directory above a file that is a package, "" if
// there is none.
func (x *index) packageOf(file string) string {
	top := ""
	for dir := parent(file); dir != ""; dir = parent(dir) {
		if x.has(dir, "__init__.py") {
			top = dir
		}
	}
	return top
}

// parent is the directory of a path, "" for the root of the repository.
func parent(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}

// under says whether a path is a directory or below it.
func under(p, dir string) bool {
	return dir == "" || p == dir || strings.HasPrefix(p, dir+"/")
}
