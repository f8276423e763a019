package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// team writes a history as an ML team makes one: source files in packages that
// grow and are edited, topic branches that are merged, tables and checkpoints
// that are committed and taken away again, and models in Git LFS. Everything
// follows from the seed.
type team struct {
	out   *bufio.Writer
	rng   *rand.Rand
	marks int
	when  int64
	files []*teamFile          // those of the tree, in no order
	alive map[string]*teamFile // the same by path
	dirs  []string
	open  []*topic
	main  int // the mark of its tip
	tags  int
	made  int // files made so far, which names them
}

// teamFile is a file of the tree. Lines is its text; nil of what is no text.
type teamFile struct {
	path  string
	lines []string
	mark  int // of the blob that it has now
}

// change is one line of a commit: a blob for a path, or 0 for none.
type change struct {
	path string
	mark int
}

// topic is a branch that is being worked on.
type topic struct {
	tip     int
	paths   []string // what it changed, in order
	commits int
	size    int // the commits that it will have
}

const (
	topicsAtOnce = 120
	topicCommits = 2.5 // of a branch, about
	tagEvery     = 1000
	between      = 90 * 60 // seconds from one commit to the next: 14 years for all
)

// writeHistory writes a stream for git fast-import with so many commits that
// main reaches, the first of which imports so many files, and some that it
// doesn't reach.
func writeHistory(w io.Writer, commits, imported int) error {
	m := &team{out: bufio.NewWriterSize(w, 1<<20), rng: rand.New(rand.NewPCG(11, 82)), when: 1330000000, dirs: []string{"."}, alive: map[string]*teamFile{}}
	m.main = m.commit("main", 0, 0, "First", m.initial(imported))
	for reached := 1; reached < commits; {
		switch n := m.rng.IntN(100); {
		case n < 30 && len(m.open) < topicsAtOnce:
			m.open = append(m.open, &topic{tip: m.main, size: 1 + int(m.rng.ExpFloat64()*(topicCommits-0.5))})
		case n < 80 && len(m.open) > 0:
			reached += m.advance(m.rng.IntN(len(m.open)))
		default:
			m.main = m.commit("main", m.main, 0, m.subject(), m.work())
			reached++
		}
		if tag := reached / tagEvery; tag > m.tags {
			m.tags = tag
			fmt.Fprintf(m.out, "tag v%d\nfrom :%d\ntagger %s\ndata 8\nRelease\n\n", tag, m.main, m.who())
		}
	}
	return m.out.Flush()
}

// advance adds a commit to a topic, and merges it when it is done: then it is
// how many commits main gained.
func (m *team) advance(i int) int {
	t := m.open[i]
	changes := m.edits()
	if m.rng.IntN(100) < 8 {
		changes = append(changes, m.add())
	}
	for _, c := range changes {
		t.paths = append(t.paths, c.path)
	}
	t.tip = m.commit(fmt.Sprintf("topic%d", i), t.tip, 0, m.subject(), changes)
	t.commits++
	if t.commits < t.size {
		return 0
	}
	m.open = append(m.open[:i], m.open[i+1:]...)
	var merged []change
	for _, changed := range t.paths {
		// What was moved or taken away on main meanwhile stays so.
		if f := m.alive[changed]; f != nil && !slices.Contains(merged, change{changed, f.mark}) {
			merged = append(merged, change{changed, f.mark})
		}
	}
	m.main = m.commit("main", m.main, t.tip, "Merge a topic", merged)
	return t.commits + 1
}

// initial is the tree of the first commit.
func (m *team) initial(imported int) []change {
	changes := []change{{".gitattributes", m.blob([]byte("*.ckpt filter=lfs diff=lfs merge=lfs -text\n"))}}
	for range imported {
		changes = append(changes, m.add())
	}
	return changes
}

// work is what one commit on main does.
func (m *team) work() []change {
	switch n := m.rng.IntN(1000); {
	case n < 150:
		return append(m.edits(), m.add())
	case n < 230:
		return []change{m.remove()}
	case n < 240:
		return []change{m.binary()}
	case n < 270:
		return []change{m.pointer()}
	case n < 290:
		return m.move()
	}
	return m.edits()
}

// commit writes a commit and is its mark.
func (m *team) commit(branch string, parent, merged int, subject string, changes []change) int {
	m.when += between/2 + m.rng.Int64N(between)
	m.marks++
	fmt.Fprintf(m.out, "commit refs/heads/%s\nmark :%d\nauthor %s\ncommitter %s\ndata %d\n%s\n", branch, m.marks, m.who(), m.who(), len(subject), subject)
	if parent != 0 {
		fmt.Fprintf(m.out, "from :%d\n", parent)
	}
	if merged != 0 {
		fmt.Fprintf(m.out, "merge :%d\n", merged)
	}
	for _, c := range changes {
		if c.mark == 0 {
			fmt.Fprintf(m.out, "D %s\n", c.path)
		} else {
			fmt.Fprintf(m.out, "M 100644 :%d %s\n", c.mark, c.path)
		}
	}
	m.out.WriteByte('\n')
	return m.marks
}

// who is somebody of the team: few do most of the work.
func (m *team) who() string {
	n := int(m.rng.ExpFloat64()*8) % 60
	return fmt.Sprintf("Person %d <person%d@example.com> %d +0000", n, n, m.when)
}

func (m *team) subject() string {
	return strings.TrimSpace(m.line()) + "\n\n" + strings.TrimSpace(m.line()) + "\n"
}

// line is a line of source.
func (m *team) line() string {
	words := [...]string{"def", "return", "self", "import torch", "for", "batch", "loss", "model", "step(", "data", "path =", "):", "config.", "rate", "optimizer", "mask"}
	var b strings.Builder
	b.WriteString("    ")
	for range 3 + m.rng.IntN(6) {
		fmt.Fprintf(&b, "%s_%d ", words[m.rng.IntN(len(words))], m.rng.IntN(400))
	}
	return b.String()
}

// blob writes a content and is its mark.
func (m *team) blob(content []byte) int {
	m.marks++
	fmt.Fprintf(m.out, "blob\nmark :%d\ndata %d\n", m.marks, len(content))
	m.out.Write(content)
	m.out.WriteByte('\n')
	return m.marks
}

// add makes a source file, mostly in a directory that there is.
func (m *team) add() change {
	dir := m.dirs[m.rng.IntN(len(m.dirs))]
	if depth := strings.Count(dir, "/"); m.rng.IntN(12+50*depth*depth) == 0 {
		dir = fmt.Sprintf("%s/pkg%d", dir, len(m.dirs))
		m.dirs = append(m.dirs, dir)
	}
	m.made++
	ending := [...]string{"py", "py", "py", "py", "yaml", "md", "json", "sh"}[m.rng.IntN(8)]
	f := &teamFile{path: strings.TrimPrefix(fmt.Sprintf("%s/file%d.%s", dir, m.made, ending), "./")}
	for range 3 + int(m.rng.ExpFloat64()*45) {
		f.lines = append(f.lines, m.line())
	}
	return m.save(f, true)
}

// save writes a file's text.
func (m *team) save(f *teamFile, isNew bool) change {
	if isNew {
		m.put(f)
	}
	f.mark = m.blob([]byte(strings.Join(f.lines, "\n") + "\n"))
	return change{f.path, f.mark}
}

// put adds a file to the tree.
func (m *team) put(f *teamFile) {
	m.files = append(m.files, f)
	m.alive[f.path] = f
}

// edits changes a source file, and often some that lie near it.
func (m *team) edits() []change {
	first := m.pick("")
	changes, edited := []change{m.edit(first)}, []*teamFile{first}
	for range int(m.rng.ExpFloat64() * 1.6) {
		f := m.pick(path.Dir(first.path))
		if !slices.Contains(edited, f) {
			changes, edited = append(changes, m.edit(f)), append(edited, f)
		}
	}
	return changes
}

// pick is a source file, some far more often than others, and one of a directory
// where it is easily found.
func (m *team) pick(dir string) *teamFile {
	for try := 0; ; try++ {
		f := m.files[int(m.rng.ExpFloat64()*0.2*float64(len(m.files)))%len(m.files)]
		if f.lines != nil && (dir == "" || try > 100 || path.Dir(f.path) == dir) {
			return f
		}
	}
}

// edit changes some lines of a file.
func (m *team) edit(f *teamFile) change {
	for range 1 + m.rng.IntN(3) {
		f.lines[m.rng.IntN(len(f.lines))] = m.line()
	}
	if m.rng.IntN(2) == 0 {
		f.lines = append(f.lines, m.line())
	}
	return m.save(f, false)
}

// remove takes a file away, more often a large one that is no text.
func (m *team) remove() change {
	i := m.rng.IntN(len(m.files))
	for range 20 {
		if m.files[i].lines == nil {
			break
		}
		i = m.rng.IntN(len(m.files))
	}
	gone := m.files[i].path
	m.files[i] = m.files[len(m.files)-1]
	m.files = m.files[:len(m.files)-1]
	delete(m.alive, gone)
	return change{gone, 0}
}

// binary commits a table or a checkpoint that does not compress.
func (m *team) binary() change {
	m.made++
	ending := [...]string{"npy", "pt", "png", "parquet"}[m.rng.IntN(4)]
	f := &teamFile{path: fmt.Sprintf("data/set%d/part%d.%s", m.made%30, m.made, ending)}
	content := make([]byte, 10_000+int(m.rng.ExpFloat64()*120_000))
	for i := range content {
		content[i] = byte(m.rng.Uint32())
	}
	f.mark = m.blob(content)
	m.put(f)
	return change{f.path, f.mark}
}

// pointer commits a model to Git LFS, or a new version of one.
func (m *team) pointer() change {
	model := fmt.Sprintf("models/run%d/model%d.ckpt", m.rng.IntN(20), m.rng.IntN(6))
	var oid bytes.Buffer
	for range 4 {
		fmt.Fprintf(&oid, "%016x", m.rng.Uint64())
	}
	return change{model, m.blob(fmt.Appendf(nil, "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", oid.String(), 1_000_000+m.rng.IntN(900_000_000)))}
}

// move gives a file another directory, with its content.
func (m *team) move() []change {
	f := m.files[m.rng.IntN(len(m.files))]
	from := f.path
	m.made++
	name := from[strings.LastIndexByte(from, '/')+1:]
	f.path = strings.TrimPrefix(fmt.Sprintf("%s/moved%d-%s", m.dirs[m.rng.IntN(len(m.dirs))], m.made, name), "./")
	delete(m.alive, from)
	m.alive[f.path] = f
	return []change{{from, 0}, {f.path, f.mark}}
}
