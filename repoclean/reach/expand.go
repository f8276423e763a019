package reach

import (
	"cmp"
	"path"
	"strings"
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
