package reach

import (
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/pysource"
)

// expand reaches what a file reaches.
func (t *tracer) expand(id int) {
	p := t.paths[id]
	if target, ok := t.links[id]; ok {
		t.followLink(id, target)
		return
	}
	f := t.facts[id]
	if f == nil {
		if kindOf(p) == compiled {
			t.opaque(id, Step{Path: p, How: "is compiled, so that its imports can't be read"}, t.packageOf(p))
		}
		return
	}
	t.wide = t.wide || f.widens
	if t.has(parent(p), "__init__.py") {
		t.reach(t.ids[path.Join(parent(p), "__init__.py")], id, Step{Path: p, How: "is in the package " + strings.ReplaceAll(parent(p), "/", ".")})
	}
	own := t.own(p, f)
	for _, imp := range f.Imports {
		t.imports(id, imp, own)
	}
	if f.unread != "" {
		t.opaque(id, Step{Path: p, How: f.unread}, t.packageOf(p))
	}
	for _, d := range f.Dynamic {
		t.dynamic(id, d)
	}
	for _, s := range f.Strings {
		t.constant(id, s, own)
	}
	for _, m := range f.mentions {
		t.mention(id, m, own)
	}
	t.identifiers(id, f)
	t.frameworks(id, f)
}

// own is the directory in which a file's own modules are looked for: that of a
// program, and of what is next to programs.
func (t *tracer) own(p string, f *facts) string {
	if dir := parent(p); f.Main || f.shebang || !t.has(dir, "__init__.py") {
		return dir
	}
	return noDir
}

// followLink reaches what a link stands for.
func (t *tracer) followLink(id int, target string) {
	step := Step{Path: t.paths[id], How: "is a link to " + target}
	if to, ok := t.ids[target]; ok {
		t.reach(to, id, step)
	}
}

// imports reaches what an import statement imports.
func (t *tracer) imports(id int, imp pysource.Import, own string) {
	step := Step{Path: t.paths[id], Line: imp.Line, How: "imports " + importName(imp)}
	star := len(imp.Names) == 1 && imp.Names[0] == "*"
	for _, to := range t.imported(t.paths[id], imp, own, star) {
		t.reach(to, id, step)
	}
}

// importName is the module as the statement says it.
func importName(imp pysource.Import) string {
	module := strings.Repeat(".", imp.Level) + imp.Module
	if len(imp.Names) > 0 && imp.Module == "" || len(imp.Names) == 1 {
		return strings.Join(imp.Names, ", ") + " from " + module
	}
	return module
}

// imported is the files that an import statement in a file leads to.
func (t *tracer) imported(file string, imp pysource.Import, own string, star bool) []int {
	find, fallback := func(module string) []int { return t.lookup(module, own) }, t.fallback
	module := slashed(imp.Module)
	if imp.Level > 0 {
		dir, ok := up(parent(file), imp.Level-1)
		if !ok {
			return nil
		}
		find = func(module string) []int { return t.at(dir, module) }
		fallback = func(module string) []int {
			if module == "" || !t.anywhere {
				return nil
			}
			return t.everywhere(module)
		}
	}
	base := find(module)
	ids := base
	for _, name := range imp.Names {
		if name != "*" {
			ids = append(ids, find(path.Join(module, name))...)
		}
	}
	if len(ids) == 0 {
		ids = append(ids, fallback(module)...)
		base = ids
		for _, name := range imp.Names {
			if name != "*" {
				ids = append(ids, fallback(path.Join(module, name))...)
			}
		}
	}
	if star {
		ids = append(ids, t.listed(base)...)
	}
	for at := parent(module); len(ids) == 0 && at != ""; at = parent(at) {
		ids = find(at) // what is imported before it fails
	}
	return ids
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

// dynamic reaches everything that an import by a computed name may import.
func (t *tracer) dynamic(id int, d pysource.Dynamic) {
	p := t.paths[id]
	step := Step{Path: p, Line: d.Line, How: "imports by a name known only at run time (" + d.Call + ")"}
	prefix := slashed(d.Prefix)
	switch {
	case d.Level > 0:
		if dir, ok := up(parent(p), d.Level-1); ok {
			t.opaque(id, step, path.Join(dir, prefix))
		}
	case prefix != "":
		for _, dir := range t.packageDirs(prefix) {
			t.opaque(id, step, dir)
		}
	case p == "setup.py" && (d.Call == "exec" || d.Call == "eval"):
		// It executes a file for its version, whose name is a string.
	default:
		t.opaque(id, step, t.packageOf(p))
	}
}

// opaque reaches every Python file below a directory.
func (t *tracer) opaque(id int, step Step, dir string) {
	for at := dir; ; at = parent(at) {
		if t.seen[at] {
			return
		}
		if at == "" {
			break
		}
	}
	t.seen[dir] = true
	for _, to := range t.pythonBelow(dir) {
		t.reach(to, id, step)
	}
}

// constant reaches what a string may name.
func (t *tracer) constant(id int, s pysource.String, own string) {
	switch prefix, open := strings.CutSuffix(s.Text, "."); {
	case s.Part && open && dotted("x."+prefix):
		t.mention(id, mention{line: s.Line, kind: aPackage, text: prefix, shown: s.Text + "…"}, own)
	case !s.Part && strings.HasPrefix(s.Text, ".") && dotted("x"+s.Text):
		t.relative(id, s)
	default:
		if m, ok := classify(s.Text); ok {
			m.line = s.Line
			t.mention(id, m, own)
		}
	}
}

// relative reaches the module of a name with leading dots.
func (t *tracer) relative(id int, s pysource.String) {
	module := strings.TrimLeft(s.Text, ".")
	dir, ok := up(parent(t.paths[id]), len(s.Text)-len(module)-1)
	if !ok {
		return
	}
	step := Step{Path: t.paths[id], Line: s.Line, How: "names " + s.Text}
	for at := slashed(module); at != "."; at = path.Dir(at) {
		for _, to := range t.at(dir, at) {
			t.reach(to, id, step)
		}
	}
}

// mention reaches what a file names.
func (t *tracer) mention(id int, m mention, own string) {
	p := t.paths[id]
	for _, to := range t.targets(m, parent(p), own) {
		if to != id {
			t.reach(to, id, Step{Path: p, Line: m.line, How: m.how()})
		}
	}
}

// identifiers reaches what single words name, where a file imports by such:
// modules of its package, and directories whose files are loaded by path.
func (t *tracer) identifiers(id int, f *facts) {
	p := t.paths[id]
	dir := parent(p)
	for _, s := range f.Identifiers {
		step := Step{Path: p, Line: s.Line, How: "names " + s.Text}
		for _, to := range append(t.at(dir, s.Text), t.lookup(s.Text, noDir)...) {
			t.reach(to, id, step)
		}
	}
	if len(f.Dynamic) == 0 {
		return
	}
	for _, s := range slices.Concat(f.Identifiers, f.Strings) {
		for _, at := range []string{path.Clean(s.Text), path.Join(dir, s.Text)} {
			if at != "." && at != "" && t.index.dirs[at] {
				t.opaque(id, Step{Path: p, Line: s.Line, How: "names " + s.Text + ", and imports by a name known only at run time"}, at)
			}
		}
	}
}

// frameworks reaches all of the packages that a file gives a framework to load.
func (t *tracer) frameworks(id int, f *facts) {
	for _, s := range f.packages {
		for _, to := range t.inPackage(slashed(s.Text)) {
			t.reach(to, id, Step{Path: t.paths[id], Line: s.Line, How: "gives a framework " + s.Text})
		}
	}
}
