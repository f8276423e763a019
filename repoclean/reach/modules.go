package reach

import (
	"path"
	"slices"
	"strings"
)

// finder looks for modules where Python may. Names have slashes for dots.
type finder struct {
	*index
	search

	inEvery, inOther, inAll map[string][]int // what was looked for already
}

func newFinder(x *index, s search) *finder {
	return &finder{index: x, search: s, inEvery: map[string][]int{}, inOther: map[string][]int{}, inAll: map[string][]int{}}
}

// mayBeIn says whether some program may look for modules in a directory. Where
// programs change the list, any directory may be on it that is in no package;
// those of a package may if a file of the package changes the list, and all may
// if a file in no package does.
func (f *finder) mayBeIn(dir string) bool {
	switch {
	case f.some[dir]:
		return true
	case len(f.changers) == 0:
		return false
	}
	top := f.packageOf(dir + "/")
	return top == "" || f.changers[top] || f.changers[""]
}

// noDir is the own directory of what has none.
const noDir = "\x00"

// nearby looks for a module in the directories in which every program does, and
// in the own directory of who asks. It answers with one file as a rule; a
// package and a module of one name are both meant.
func (f *finder) nearby(module, own string) []int {
	ids, ok := f.inEvery[module]
	if !ok {
		ids = f.places(module, func(dir string) bool { return f.every[dir] })
		f.inEvery[module] = ids
	}
	if own != noDir {
		ids = append(ids, f.at(own, module)...)
	}
	return ids
}

// elsewhere looks for a module in the other directories in which some program
// may.
func (f *finder) elsewhere(module string) []int {
	if !f.anyChanges() {
		return nil
	}
	ids, ok := f.inOther[module]
	if !ok {
		top, _, _ := strings.Cut(module, "/")
		own := standard(top)
		ids = f.places(module, func(dir string) bool {
			// Nobody looks in a package for modules that hide Python's own.
			return f.mayBeIn(dir) && !(own && f.packageOf(dir+"/") != "")
		})
		f.inOther[module] = ids
	}
	return ids
}

// fallback looks for a module that nearby didn't find: in every directory,
// unless it is Python's own.
func (f *finder) fallback(module string) []int {
	if len(f.modules[path.Base(module)]) == 0 {
		return nil
	}
	if top, _, _ := strings.Cut(module, "/"); standard(top) {
		return nil
	}
	return f.everywhere(module)
}

// everywhere looks for a module below every directory.
func (f *finder) everywhere(module string) []int {
	ids, ok := f.inAll[module]
	if !ok {
		ids = f.places(module, func(string) bool { return true })
		f.inAll[module] = ids
	}
	return ids
}

// places is the modules of a name below the directories that are wanted.
func (x *index) places(module string, wanted func(dir string) bool) []int {
	var ids []int
	for _, p := range x.modules[lastTwo(module)] {
		dir, ok := strings.CutSuffix(p.module, module)
		if ok && (dir == "" || dir[len(dir)-1] == '/') && wanted(strings.TrimSuffix(dir, "/")) {
			ids = append(ids, p.id)
		}
	}
	return slices.Clip(ids)
}

// at looks for a module below one directory; "" is the directory as a package.
func (x *index) at(dir, module string) []int {
	if module == "" {
		if id, ok := x.ids[path.Join(dir, "__init__.py")]; ok {
			return []int{id}
		}
		return nil
	}
	return x.places(path.Join(dir, module), func(dir string) bool { return dir == "" })
}

// packageDirs is the directories that a name stands for as a package, with an
// __init__.py or without.
func (f *finder) packageDirs(module string) []string {
	var dirs []string
	all := f.dirsEnding(module)
	for _, p := range all {
		if f.every[strings.TrimSuffix(strings.TrimSuffix(p, module), "/")] {
			dirs = append(dirs, p)
		}
	}
	nowhere := len(dirs) == 0 && strings.Contains(module, "/")
	for _, p := range all {
		if nowhere || f.mayBeIn(strings.TrimSuffix(strings.TrimSuffix(p, module), "/")) {
			dirs = append(dirs, p)
		}
	}
	return dirs
}
