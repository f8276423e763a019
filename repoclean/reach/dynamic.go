package reach

import (
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/pysource"
)

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
		if t.open == nil && d.Call != "exec" && d.Call != "eval" && d.Call != "compile" {
			t.open = &step
		}
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
	if len(f.Dynamic) == 0 && !f.starts {
		return
	}
	for _, s := range slices.Concat(quotedWords(f.text), f.Strings) {
		for _, at := range []string{path.Clean(s.Text), path.Join(dir, s.Text)} {
			if at != "." && at != "" && t.index.dirs[at] {
				t.opaque(id, Step{Path: p, Line: s.Line, How: "names " + s.Text + ", and loads files by a name known only at run time"}, at)
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
