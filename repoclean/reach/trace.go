package reach

import (
	"cmp"
	"maps"
	"slices"

	"gantline.dev/gantline/internal/pysource"
)

// tracer walks from the roots to all that they reach.
type tracer struct {
	*finder
	facts map[int]*facts
	texts []statement
	marks []mark
	queue []int
	// class is of what is walked now.
	class Class
	// seen is the directories of which everything is reached already.
	seen map[string]bool
	// wide says that a reached file changes where modules are looked for.
	wide bool
}

// mark is how a file was reached first.
type mark struct {
	class Class
	from  int // the file before it; -1: none
	step  Step
}

// Trace decides about every Python file. The same input gives the same result.
func Trace(in Input) Result { return trace(in, pysource.Read) }

func trace(in Input, read func([]byte) (pysource.File, error)) Result {
	x := newIndex(in.Paths, in.Links)
	f := readPython(x, in.Texts, read)
	texts := readTexts(x, in, f)
	dirs, anywhere := searchDirs(x, f, texts, in.Texts)
	for {
		t := &tracer{
			finder: newFinder(x, dirs, anywhere), facts: f, texts: texts,
			marks: make([]mark, len(x.paths)), seen: map[string]bool{},
		}
		named := t.walk(in.Named)
		if t.wide && !anywhere {
			anywhere = true // what was found in one place may be in another, too
			continue
		}
		return t.result(named)
	}
}

// walk reaches what can be reached, class by class, and says whether anything
// names Python that runs.
func (t *tracer) walk(wanted map[string]Step) bool {
	t.class = Run
	named := t.textRoots(Run)
	t.ownRoots(Run)
	t.drain()
	for _, p := range slices.Sorted(maps.Keys(wanted)) {
		if id, ok := t.ids[p]; ok {
			t.reach(id, -1, wanted[p])
		}
	}
	t.drain()
	t.class = Script
	t.ownRoots(Script)
	t.drain()
	t.class = Test
	t.textRoots(Test)
	t.ownRoots(Test)
	t.drain()
	t.class = Kept
	t.ownRoots(Kept)
	t.drain()
	return named
}

// drain follows what was reached, the nearest first.
func (t *tracer) drain() {
	for len(t.queue) > 0 {
		id := t.queue[0]
		t.queue = t.queue[1:]
		t.expand(id)
	}
}

// reach marks a file that wasn't reached before.
func (t *tracer) reach(id, from int, step Step) {
	if t.marks[id].class != "" {
		return
	}
	t.marks[id] = mark{class: t.class, from: from, step: step}
	t.queue = append(t.queue, id)
}

// result words what was found.
func (t *tracer) result(named bool) Result {
	r := Result{Files: map[string]Reached{}}
	for id, p := range t.paths {
		isPython := kindOf(p) == python
		switch m := t.marks[id]; {
		case isPython && !named:
			r.Files[p] = Reached{Class: Kept, Chain: []Step{{How: "nothing says what runs"}}}
		case m.class != "" && (isPython || m.from >= 0 || m.step.Path != p):
			r.Files[p] = Reached{Class: m.class, Chain: t.chain(id)}
		case isPython:
			r.Files[p] = Reached{Class: Unreached}
		}
	}
	return r
}

// chain is the steps from a root to a file.
func (t *tracer) chain(id int) []Step {
	var steps []Step
	for id >= 0 {
		steps = append(steps, t.marks[id].step)
		id = t.marks[id].from
	}
	slices.Reverse(steps)
	return steps
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
	return texts
}
