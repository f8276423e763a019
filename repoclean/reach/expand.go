package reach

import (
	"cmp"
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
			t.opaque(id, Step{Path: p, How: "is compiled, so that its imports can't be read"}, cmp.Or(t.packageOf(p), parent(p)))
		}
		return
	}
	if f.widens {
		t.widened[t.packageOf(p)] = true
	}
	if t.has(parent(p), "__init__.py") {
		t.reach(t.ids[path.Join(parent(p), "__init__.py")], id, Step{Path: p, How: "is in the package " + strings.ReplaceAll(parent(p), "/", ".")})
	}
	own := t.own(p, f)
	for _, imp := range f.Imports {
		t.imports(id, imp, own)
	}
	if f.unread != "" && t.marks[id].step.How != f.unread { // who reaches it needs what it imports
		t.opaque(id, Step{Path: p, Line: f.unreadLine, How: f.unread}, t.packageOf(p))
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
	case strings.HasSuffix(d.Call, "entry_points"):
		// What a repository declares as entry points are roots.
	case p == "setup.py" && (d.Call == "exec" || d.Call == "eval"):
		// It executes a file for its version, whose name is a string.
	default:
		t.opaque(id, step, t.packageOf(p))
	}
}

// opaque reaches every Python file below a directory, but for tests: a program
// has no use for those.
func (t *tracer) opaque(id int, step Step, dir string) {
	tests := isTest(t.paths[id])
	if t.opened(dir, tests) {
		return
	}
	for _, to := range t.pythonBelow(dir) {
		if tests || !isTest(t.paths[to]) {
			t.reach(to, id, step)
		}
	}
}

// opened notes that a directory is opaque, and says whether it was before.
func (t *tracer) opened(dir string, tests bool) bool {
	for at := dir; ; at = parent(at) {
		if with, ok := t.seen[at]; ok && (with || !tests) {
			return true
		}
		if at == "" {
			break
		}
	}
	t.seen[dir] = tests
	return false
}

// constant reaches what a string may name.
func (t *tracer) constant(id int, s pysource.String, own string) {
	switch prefix, open := strings.CutSuffix(s.Text, "."); {
	case s.Part && open && dotted("x."+prefix):
		t.mention(id, mention{line: s.Line, kind: aPackage, text: prefix, shown: s.Text + "…"}, own)
	case !s.Part && strings.HasPrefix(s.Text, ".") && dotted("x"+s.Text):
		t.relative(id, s)
	default:
		if m, ok := classify(withHoles(s.Text)); ok {
			m.line = s.Line
			t.mention(id, m, own)
		}
	}
}

// withHoles makes holes of what str.format and % fill in.
func withHoles(text string) string {
	if !strings.ContainsAny(text, "{%") {
		return text
	}
	if words := splitWords(strings.ReplaceAll(text, "{}", "{_}")); len(words) == 1 {
		return words[0].text
	}
	return text
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
	if m.scope == nearest {
		m.scope = all // joined to a directory, as a rule
	}
	for _, to := range t.targets(m, parent(p), own) {
		if to != id && !(m.kind == aGlob && isTest(t.paths[to])) {
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
		for _, to := range append(t.at(dir, s.Text), t.nearby(s.Text, noDir)...) {
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

// frameworks reaches all of the packages that a file gives a framework to load,
// by their name or by that of something in them: "shop", "shop.apps.Config".
func (t *tracer) frameworks(id int, f *facts) {
	for _, s := range f.packages {
		var ids []int
		for at := slashed(s.Text); at != "" && len(ids) == 0; at = parent(at) {
			ids = t.inPackage(at)
		}
		for _, to := range ids {
			t.reach(to, id, Step{Path: t.paths[id], Line: s.Line, How: "gives a framework " + s.Text})
		}
	}
}
