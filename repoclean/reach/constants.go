package reach

import (
	"path"
	"strings"

	"gantline.dev/gantline/internal/pysource"
)

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
