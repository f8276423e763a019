package audit

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo/repotest"
)

// plumbing is git's own answers, asked in the slow and simple way.
type plumbing struct {
	*testing.T
	git func(args ...string) string
}

func (p plumbing) lines(args ...string) []string {
	out := p.git(args...)
	if out == "" {
		return nil
	}
	return strings.Split(out, "\n")
}

func (p plumbing) number(text string) int64 {
	p.Helper()
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		p.Fatal(err)
	}
	return n
}

// objects is the sum of the objects that a rev-list names, by type.
func (p plumbing) objects(revs ...string) map[string]Objects {
	sums, known := map[string]Objects{}, map[string][]string{}
	for _, line := range p.lines("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype) %(objectsize) %(objectsize:disk)") {
		f := strings.Fields(line)
		known[f[0]] = f[1:]
	}
	for _, line := range p.lines(append([]string{"rev-list", "--objects"}, revs...)...) {
		hash, _, _ := strings.Cut(line, " ")
		if f := known[hash]; f != nil {
			sums[f[0]] = sums[f[0]].Plus(Objects{1, p.number(f[1]), p.number(f[2])})
		} else if hash != "4b825dc642cb6eb9a060e54bf8d69288fbee4904" { // the empty tree needs no object
			p.Errorf("git lists %s twice over", line)
		} else {
			sums["tree"] = sums["tree"].Plus(Objects{1, 0, 0})
		}
	}
	return sums
}

// measures is git-sizer's figures, of each commit's whole tree.
func (p plumbing) measures(rev string) map[string]int64 {
	m := map[string]int64{}
	top := func(name string, n int64) { m[name] = max(m[name], n) }
	depth, trees := map[string]int64{}, map[string]bool{}
	for _, line := range p.lines("rev-list", "--topo-order", "--reverse", "--parents", rev) {
		f := strings.Fields(line)
		for _, parent := range f[1:] {
			depth[f[0]] = max(depth[f[0]], depth[parent])
		}
		depth[f[0]]++
		top("maxHistoryDepth", depth[f[0]])
		top("maxParentCount", int64(len(f)-1))
		top("maxCommitSize", p.number(p.git("cat-file", "-s", f[0])))
		trees[p.git("rev-parse", f[0]+"^{tree}")] = true
		p.checkout(f[0], top, trees)
	}
	for tree := range trees {
		n := int64(len(p.lines("ls-tree", tree)))
		m["uniqueTreeEntries"] += n
		top("maxTreeEntries", n)
	}
	return m
}

// checkout measures one commit's files.
func (p plumbing) checkout(commit string, top func(string, int64), trees map[string]bool) {
	var files, bytes, links, submodules int64
	dirs := int64(1)
	for _, line := range p.lines("ls-tree", "-r", "-t", "-l", commit) {
		head, path, _ := strings.Cut(line, "\t")
		f := strings.Fields(head)
		top("maxCheckoutPathLength", int64(len(path)))
		top("maxCheckoutPathDepth", int64(strings.Count(path, "/")+1))
		switch f[0] {
		case "040000":
			dirs++
			trees[f[2]] = true
		case "120000":
			links++
		case "160000":
			submodules++
		default:
			files++
			bytes += p.number(f[3])
			top("maxBlobSize", p.number(f[3]))
		}
	}
	top("maxCheckoutTreeCount", dirs)
	top("maxCheckoutBlobCount", files)
	top("maxCheckoutBlobSize", bytes)
	top("maxCheckoutLinkCount", links)
	top("maxCheckoutSubmoduleCount", submodules)
}

// same compares a report with git's own answers.
func (p plumbing) same(r Report, rev string) {
	p.Helper()
	sums := p.objects(rev)
	got := map[string]Objects{"blob": r.History.Blobs, "tree": r.History.Trees, "commit": r.History.CommitObjects}
	for kind, o := range got {
		if kind == "tree" && r.History.Trees.Count > 0 { // what the empty tree takes on disk is git's affair
			o.Packed, sums[kind] = 0, Objects{sums[kind].Count, sums[kind].Bytes, 0}
		}
		if o != sums[kind] {
			p.Errorf("%s: %+v, git has %+v", kind, o, sums[kind])
		}
	}
	want := p.measures(rev)
	measured := map[string]int64{}
	for _, m := range r.Measures {
		if _, ok := want[m.Name]; ok {
			measured[m.Name] = m.Value
		}
	}
	// What is nowhere is no key of the slow way's.
	for name, n := range measured {
		if n == 0 {
			want[name] += 0
		}
	}
	if diff := cmp.Diff(want, measured); diff != "" {
		p.Error(diff)
	}
	p.sums(r)
}

// sums holds a report's parts to each other.
func (p plumbing) sums(r Report) {
	p.Helper()
	if got := r.History.Now.Plus(r.History.Deleted); got != r.History.Blobs {
		p.Errorf("now and deleted are %+v, all blobs %+v", got, r.History.Blobs)
	}
	var months, kinds Objects
	var commits int
	for _, m := range r.Months {
		months = months.Plus(m.Added)
		commits += m.Commits
		for _, n := range m.Kinds {
			kinds.Packed += n
		}
	}
	if months != r.History.All() || commits != r.History.Commits || kinds.Packed != r.History.Blobs.Packed {
		p.Errorf("months add up to %+v, %d commits and %d packed; history is %+v", months, commits, kinds.Packed, r.History)
	}
	for name, list := range map[string][]Weight{"kinds": r.Kinds, "extensions": r.Extensions, "authors": r.Authors, "paths": r.Paths} {
		var history, now Objects
		var tree Totals
		for _, w := range list {
			history, now = history.Plus(w.History), now.Plus(w.Now)
			tree.Files += w.Tree.Files
			tree.Bytes += w.Tree.Bytes
		}
		if history != r.History.Blobs || now != r.History.Now || name != "authors" && tree != r.Tree {
			p.Errorf("%s add up to %+v, now %+v, tree %+v; history is %+v, tree %+v", name, history, now, tree, r.History, r.Tree)
		}
	}
	if r.TreeMap.Bytes != r.Tree.Bytes || r.TreeMap.Files != r.Tree.Files || r.HistoryMap.Bytes != r.History.Blobs.Packed || r.HistoryMap.Files != r.History.Blobs.Count {
		p.Errorf("the maps have %d and %d bytes, %+v and %+v", r.TreeMap.Bytes, r.HistoryMap.Bytes, r.Tree, r.History.Blobs)
	}
	for _, area := range []Area{r.TreeMap, r.HistoryMap} {
		nested(p.T, area)
	}
}

// nested checks that parts add up to the whole.
func nested(t *testing.T, a Area) {
	t.Helper()
	if len(a.Areas) == 0 {
		return
	}
	var bytes int64
	files, deleted := 0, true
	for i, b := range a.Areas {
		bytes += b.Bytes
		files += b.Files
		deleted = deleted && b.Deleted
		if i > 0 && b.Name != rest && b.Bytes > a.Areas[i-1].Bytes {
			t.Errorf("%q comes after a smaller one", b.Name)
		}
		nested(t, b)
	}
	if bytes != a.Bytes || files != a.Files || deleted != a.Deleted {
		t.Errorf("area %q has %d bytes in %d files, its parts %d in %d", a.Name, a.Bytes, a.Files, bytes, files)
	}
}

// wild makes a random history: merges, octopuses, roots on the side, moved and
// emptied directories, files that become links, directories or submodules,
// commits without a change.
func wild(t *testing.T, rng *rand.Rand, commits int) *repotest.History {
	h := repotest.New(t)
	for i := 1; i <= commits; i++ {
		var changes []repotest.Change
		switch {
		case i > 4 && rng.IntN(3) == 0:
			changes = append(changes, repotest.From(1+rng.IntN(i-1)))
			for range 1 + rng.IntN(3) {
				changes = append(changes, repotest.Merge(1+rng.IntN(i-1)))
			}
		case i > 4 && rng.IntN(4) == 0:
			changes = append(changes, repotest.From(1+rng.IntN(i-1)))
		}
		branch := "main"
		if i > 2 && rng.IntN(12) == 0 {
			branch, changes = fmt.Sprintf("root%d", i), nil
		}
		for range rng.IntN(4) {
			changes = append(changes, wildChange(rng))
		}
		h.Commit(branch, []string{"Ada", "Bob", "Eve"}[rng.IntN(3)], fmt.Sprint(i), changes...)
	}
	// What the last commit merges, the test sees.
	return h.Commit("main", "Ada", "last", repotest.Merge(commits), repotest.Merge(max(1, commits-1)))
}

func wildChange(rng *rand.Rand) repotest.Change {
	dir := []string{"", "a/", "a/b/", "a/b/c/", "a.d/", "a-d/"}[rng.IntN(6)]
	path := fmt.Sprintf("%sf%d.%s", dir, rng.IntN(3), []string{"py", "csv", "pt"}[rng.IntN(3)])
	switch rng.IntN(12) {
	case 0:
		return repotest.Remove([]string{"a", "a/b", "a.d", path}[rng.IntN(4)])
	case 1:
		return repotest.PutMode("120000", path, "target")
	case 2:
		return repotest.Submodule(path)
	case 3:
		from := []string{"a/b", "a.d"}[rng.IntN(2)]
		return repotest.Put(from+"/keep", "so that there is one") + repotest.Copy(from, "a/moved"+fmt.Sprint(rng.IntN(3)))
	case 4:
		return repotest.Put(strings.TrimSuffix(dir, "/")+"x", "was a directory's name, perhaps")
	case 5:
		return repotest.Put(path, repotest.Pointer(byte('a'+rng.IntN(6)), int64(rng.IntN(1e6))))
	case 6:
		return repotest.Put("a", "a file where a directory was")
	}
	return repotest.Put(path, repotest.Noise(uint32(rng.IntN(40)), 20+rng.IntN(200)))
}

func TestAuditAgreesWithPlumbing(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := wild(t, rand.New(rand.NewPCG(seed, 1)), 40)
			repo := h.Open()
			p := plumbing{t, func(args ...string) string { return h.Git(nil, args...) }}
			r, err := Run(t.Context(), repo, Request{Rev: "main", Top: 10_000})
			if err != nil {
				t.Fatal(err)
			}
			p.same(r, "main")
			if len(r.Unknown.Damaged) > 0 {
				t.Error(r.Unknown.Damaged)
			}
		})
	}
}
