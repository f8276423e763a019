package reach

import (
	"cmp"
	"maps"
	"slices"

	"gantline.dev/gantline/internal/pysource"
)

// Trace decides about every Python file. The same input gives the same result.
func Trace(in Input) Result { return trace(in, pysource.Read) }

func trace(in Input, read func([]byte) (pysource.File, error)) Result {
	x := newIndex(in.Paths, in.Links)
	f := readPython(x, in.Texts, read)
	p := &project{
		files: x, facts: f, python: slices.Sorted(maps.Keys(f)), texts: readTexts(x, in, f), wanted: in.Named,
	}
	p.search = newSearch(x, f, p.texts, in.Texts)
	return p.decide()
}

// project is what is known before anything is traced.
type project struct {
	files *index
	facts map[int]*facts
	// python is the numbers of the files that are read as Python, in order.
	python []int
	texts  []statement
	wanted map[string]Step // Input.Named
	// search is what is known of where modules are looked for.
	search search
}

// decide walks class by class. Who belongs to a class doesn't depend on the
// classes after it: a script that changes where modules are looked for does so
// for scripts and tests.
func (p *project) decide() Result {
	r := Result{Files: map[string]Reached{}}
	classes := []Class{Run, Script, Test, Kept}
	t := newTracer(p, p.search.changers)
	named := false
	for n, class := range classes {
		named = t.walk(class) || named
		for len(t.widened) > len(t.changers) {
			// What was found in one place may be in another, too: again.
			t = newTracer(p, t.widened)
			for i := n; i >= 0; i-- {
				named = t.walk(classes[i]) || named
			}
		}
		t.collect(r, class)
	}
	for _, file := range p.files.paths {
		switch {
		case kindOf(file) != python:
		case !named:
			r.Files[file] = Reached{Class: Kept, Chain: []Step{{How: "nothing says what runs"}}}
		case r.Files[file].Class == "":
			r.Files[file] = Reached{Class: Unreached}
		}
	}
	return r
}

// readTexts reads what isn't Python, in the order of the paths, with what is
// outside of the context first.
func readTexts(x *index, in Input, f map[int]*facts) []statement {
	outside := slices.SortedFunc(slices.Values(in.Outside), func(a, b Text) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(string(a.Text), string(b.Text)))
	})
	known := map[string]bool{}
	for _, o := range outside {
		known[o.Path] = true
	}
	inside := slices.DeleteFunc(slices.Sorted(maps.Keys(in.Texts)), func(p string) bool {
		id, ok := x.ids[p]
		_, isPython := f[id]
		k := kindOfText(kindOf(p), in.Texts[p])
		return !ok || isPython || known[p] || k != commands && k != config
	})
	texts := make([]statement, len(outside)+len(inside))
	each(len(texts), func(n int) {
		if n < len(outside) {
			texts[n] = readText(outside[n].Path, string(outside[n].Text))
			texts[n].outside = true
			return
		}
		p := inside[n-len(outside)]
		texts[n] = readText(p, string(in.Texts[p]))
	})
	for n := range texts {
		texts[n].mentions = existing(x, texts[n].mentions)
	}
	return texts
}
