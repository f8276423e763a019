package reach

import (
	"path"
	"slices"
	"strings"
)

// finder looks for modules where Python may. Names have slashes for dots.
type finder struct {
	*index
	// dirs is where modules are looked for.
	dirs  []string
	isDir map[string]bool
	// changers is the outermost packages with files that change that list, ""
	// for files in no package: see mayBeIn.
	changers map[string]bool

	inDirs, inChanged, inAll map[string][]int // what was looked for already
}

func newFinder(x *index, dirs []string, changers map[string]bool) *finder {
	f := &finder{index: x, dirs: dirs, isDir: map[string]bool{}, changers: changers}
	f.inDirs, f.inChanged, f.inAll = map[string][]int{}, map[string][]int{}, map[string][]int{}
	for _, dir := range dirs {
		f.isDir[dir] = true
	}
	return f
}

// mayBeIn says whether a directory may be one of those in which modules are
// looked for, because a program changes the list: any may that is in no
// package, those of a package may if a file of the package changes the list,
// and all may if a file in no package does.
func (f *finder) mayBeIn(dir string) bool {
	if len(f.changers) == 0 {
		return false
	}
	top := f.packageOf(dir + "/")
	return top == "" || f.changers[top] || f.changers[""]
}

// noDir is the own directory of what has none.
const noDir = "\x00"

// changed looks for a module in the directories that programs may add to those
// where modules are looked for.
func (f *finder) changed(module string) []int {
	if len(f.changers) == 0 {
		return nil
	}
	ids, ok := f.inChanged[module]
	if !ok {
		top, _, _ := strings.Cut(module, "/")
		own := standard(top)
		ids = f.places(module, func(dir string) bool {
			// Nobody adds a package's directory that hides Python's own modules.
			return f.mayBeIn(dir) && !(own && f.packageOf(dir+"/") != "")
		})
		f.inChanged[module] = ids
	}
	return ids
}

// nearby looks for a module in the directories that modules are looked for in,
// and in one's own. It answers with one file as a rule; a package and a module
// of one name are both meant.
func (f *finder) nearby(module, own string) []int {
	ids, ok := f.inDirs[module]
	if !ok {
		ids = f.places(module, func(dir string) bool { return f.isDir[dir] })
		f.inDirs[module] = ids
	}
	if own != noDir {
		ids = append(ids, f.at(own, module)...)
	}
	return ids
}

// fallback looks for a module that nearby didn't find: in every directory,
// unless it is Python's own.
func (f *finder) fallback(module string) []int {
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
	for _, dir := range f.dirs {
		if p := path.Join(dir, module); f.index.dirs[p] {
			dirs = append(dirs, p)
		}
	}
	for _, p := range f.dirsEnding(module) {
		if strings.Contains(module, "/") && len(dirs) == 0 || f.mayBeIn(parent(p)) {
			dirs = append(dirs, p)
		}
	}
	return dirs
}
