package reach

import (
	"maps"
	"slices"
)

// tracer walks from roots to all that they reach.
type tracer struct {
	*project
	*finder
	fits  map[string][]int // what was matched already
	marks []mark
	queue []int
	// seen is the directories of which everything is reached already, with the
	// tests or without.
	seen map[string]bool
	// open is the first file that imports by a name that may be any; words, the
	// files whose words were looked at since.
	open  *Step
	words map[int]bool
	// widened is search.changers, with what was reached meanwhile.
	widened map[string]bool
}

// mark is how a file was reached first.
type mark struct {
	reached bool
	from    int // the file before it; -1: none
	step    Step
}

func newTracer(p *project, changers map[string]bool) *tracer {
	where := p.search
	where.changers = changers
	return &tracer{
		project: p, finder: newFinder(p.files, where), fits: map[string][]int{},
		marks: make([]mark, len(p.files.paths)), seen: map[string]bool{}, words: map[int]bool{}, widened: maps.Clone(changers),
	}
}

// walk reaches what the roots of a class reach, and says whether a text names
// Python that runs.
func (t *tracer) walk(class Class) bool {
	named := false
	if class == Run || class == Test {
		named = t.textRoots(class) && class == Run
	}
	t.ownRoots(class)
	t.drain()
	if class == Run {
		for _, p := range slices.Sorted(maps.Keys(t.wanted)) {
			if id, ok := t.ids[p]; ok {
				t.reach(id, -1, t.wanted[p])
			}
		}
		t.drain()
		t.bareRoots()
	}
	for t.openNames() {
		t.drain()
	}
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
	if kindOf(step.Path) == notebook {
		step.Line = 0 // it would be a line of the code in the cells
	}
	if !t.marks[id].reached {
		t.marks[id] = mark{reached: true, from: from, step: step}
		t.queue = append(t.queue, id)
	}
}

// collect gives the class to all files that were reached and have none yet.
// What isn't Python counts where something else leads to it.
func (t *tracer) collect(r Result, class Class) {
	for id, m := range t.marks {
		p := t.paths[id]
		if m.reached && r.Files[p].Class == "" && (kindOf(p) == python || m.from >= 0 || m.step.Path != p) {
			r.Files[p] = Reached{Class: class, Chain: t.chain(id)}
		}
	}
}

// chain is the steps from a root to a file.
func (t *tracer) chain(id int) []Step {
	var steps []Step
	for ; id >= 0; id = t.marks[id].from {
		steps = append(steps, t.marks[id].step)
	}
	slices.Reverse(steps)
	return steps
}
