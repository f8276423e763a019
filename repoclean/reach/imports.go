package reach

import (
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/pysource"
)

// imports reaches what an import statement imports.
func (t *tracer) imports(id int, imp pysource.Import, own string) {
	t.imported(t.paths[id], imp, own, func(to int, module string) {
		t.reach(to, id, Step{Path: t.paths[id], Line: imp.Line, How: imports(imp, module)})
	})
}

// imports words an import.
func imports(imp pysource.Import, module string) string {
	if imp.Call == "python -m" {
		return "runs " + module
	}
	return "imports " + module
}

// imported visits the files that an import statement in a file leads to, each
// with the name by which it does.
func (t *tracer) imported(file string, imp pysource.Import, own string, visit func(id int, module string)) {
	find, fallback := func(module string) []int { return t.nearby(module, own) }, t.fallback
	if imp.Level > 0 {
		dir, ok := up(parent(file), imp.Level-1)
		if !ok {
			return
		}
		find = func(module string) []int { return t.at(dir, module) }
		fallback = func(module string) []int {
			if module == "" || !t.changers[t.packageOf(file)] {
				return nil // a package that changes its __path__
			}
			return t.everywhere(module)
		}
	}
	found := false
	try := func(find func(string) []int) {
		for _, module := range modulesOf(imp) {
			for _, id := range find(module) {
				found = true
				visit(id, strings.Repeat(".", imp.Level)+strings.ReplaceAll(module, "/", "."))
			}
		}
	}
	module := slashed(imp.Module)
	try(find)
	for at := parent(module); len(t.links) > 0 && at != ""; at = parent(at) {
		for _, id := range find(at) { // what is found through a link has other packages above it
			visit(id, strings.Repeat(".", imp.Level)+strings.ReplaceAll(at, "/", "."))
		}
	}
	if !found {
		try(fallback)
	}
	if imp.Level == 0 {
		try(t.elsewhere)
	}
	if slices.Contains(imp.Names, "*") {
		for _, id := range t.listed(append(find(module), fallback(module)...)) {
			visit(id, "* from "+strings.Repeat(".", imp.Level)+imp.Module)
		}
	}
	for at := parent(module); !found && at != ""; at = parent(at) {
		for _, id := range find(at) { // what is imported before it fails
			found = true
			visit(id, strings.Repeat(".", imp.Level)+imp.Module)
		}
	}
}

// modulesOf is the modules that an import may mean: its own, and each name
// below it.
func modulesOf(imp pysource.Import) []string {
	module := slashed(imp.Module)
	modules := []string{module}
	for _, name := range imp.Names {
		if name != "*" {
			modules = append(modules, path.Join(module, name))
		}
	}
	if imp.Call == "python -m" {
		modules = append(modules, path.Join(module, "__main__"))
	}
	return modules
}

// up goes from a directory to the one that many levels above.
func up(dir string, levels int) (string, bool) {
	for range levels {
		if dir == "" {
			return "", false
		}
		dir = parent(dir)
	}
	return dir, true
}

// listed is the modules that "from p import *" may import: those that a package
// lists, or all that are directly in it where its list can't be read.
func (t *tracer) listed(packages []int) []int {
	var ids []int
	for _, id := range packages {
		f, dir := t.facts[id], parent(t.paths[id])
		if f == nil || path.Base(t.paths[id]) != "__init__.py" {
			continue
		}
		if f.lists || f.unread != "" {
			ids = append(ids, t.direct(dir)...)
		}
		for _, name := range f.All {
			ids = append(ids, t.at(dir, name)...)
		}
	}
	return ids
}

// direct is the modules and packages directly in a package.
func (t *tracer) direct(dir string) []int {
	var ids []int
	for _, id := range t.pythonBelow(dir) {
		rest := strings.TrimPrefix(strings.TrimPrefix(t.paths[id], dir), "/")
		if i := strings.IndexByte(rest, '/'); i < 0 || rest[i:] == "/__init__.py" {
			ids = append(ids, id)
		}
	}
	return ids
}
