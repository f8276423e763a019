package audit

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
)

func plumbingOf(t *testing.T, h *repotest.History) plumbing {
	return plumbing{t, func(args ...string) string { return h.Git(nil, args...) }}
}

// all is everything in the store, by type.
func (p plumbing) all() Objects {
	var sum Objects
	for _, line := range p.lines("cat-file", "--batch-all-objects", "--batch-check=%(objectsize) %(objectsize:disk)") {
		f := strings.Fields(line)
		sum = sum.Plus(Objects{1, p.number(f[0]), p.number(f[1])})
	}
	return sum
}

func total(sums map[string]Objects) Objects {
	var all Objects
	for _, o := range sums {
		all = all.Plus(o)
	}
	return all
}

func TestAuditOfRangesAgreesWithPlumbing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	h := wild(t, rng, 40)
	repo, p := h.Open(), plumbingOf(t, h)
	commits := p.lines("rev-list", "main")
	for range 12 {
		from := commits[rng.IntN(len(commits))]
		h.Git(nil, "update-ref", "refs/remotes/origin/main", from)
		for _, req := range []Request{{Rev: from + "..main", Top: 1000}, {Rev: "main", Lacking: "origin", Top: 1000}} {
			r, err := Run(t.Context(), repo, req)
			if err != nil {
				t.Fatal(err)
			}
			want := p.objects(from + "..main")
			got := map[string]Objects{"blob": r.History.Blobs, "tree": r.History.Trees, "commit": r.History.CommitObjects}
			if diff := cmp.Diff(total(want), total(got)); diff != "" {
				t.Errorf("%+v: %s", req, diff)
			}
			if usage := p.number(p.git("rev-list", "--objects", "--disk-usage", from+"..main")); r.History.Packed() != usage {
				t.Errorf("%+v: %d bytes packed, git says %d", req, r.History.Packed(), usage)
			}
			var sum Objects
			for _, c := range r.Growth.Commits {
				sum = sum.Plus(c.Added)
			}
			if sum != r.History.All() || len(r.Growth.Commits) != r.History.Commits || r.Store != nil {
				t.Errorf("%+v: the commits add up to %+v, history is %+v", req, sum, r.History)
			}
			if !slices.Equal(subjects(r), p.lines("log", "--topo-order", "--reverse", "--format=%s", from+"..main")) {
				t.Errorf("%+v: commits %q", req, subjects(r))
			}
			p.sums(r)
		}
	}
}

func subjects(r Report) []string {
	var list []string
	for _, c := range r.Growth.Commits {
		list = append(list, c.Subject)
	}
	return list
}

// scattered is a history with other branches, tags of every kind, and objects
// that nothing leads to.
func scattered(t *testing.T) *repotest.History {
	h := wild(t, rand.New(rand.NewPCG(8, 9)), 25)
	h.Open()
	someone(t)
	blob := func(text string) string { return h.Git([]byte(text), "hash-object", "-w", "--stdin") }
	tree := func(text string) string {
		return h.Git([]byte("100644 blob "+blob(text)+"\tf\n"), "mktree")
	}
	h.Git(nil, "tag", "-a", "-m", "x", "v1", "main")
	h.Git(nil, "tag", "-a", "-m", "x", "v2", "v1")
	h.Git(nil, "tag", "-a", "-m", "x", "v3", "v2")
	h.Git(nil, "tag", "light", "main~1")
	h.Git(nil, "tag", "of-blob", blob("a blob with a tag"))
	h.Git(nil, "tag", "-a", "-m", "x", "of-tree", tree("a tree with a tag"))
	h.Git(nil, "update-ref", "refs/pull/1/head", h.Git(nil, "commit-tree", "-p", "main~2", "-m", "pulled", tree("pulled")))
	h.Git(nil, "update-ref", "refs/gantline/kept", h.Git(nil, "commit-tree", "-m", "kept", tree("kept")))
	h.Git(nil, "update-ref", "refs/remotes/origin/main", "main~3")
	blob(strings.Repeat("nothing leads here ", 500))
	h.Git(nil, "commit-tree", "-p", "main", "-m", "lost", tree("lost"))
	return h
}

func reopen(t *testing.T, dir string) *gitrepo.Repo {
	t.Helper()
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func TestAuditTellsOtherRefsFromTheUnreachable(t *testing.T) {
	h := scattered(t)
	p := plumbingOf(t, h)
	r := audit(t, reopen(t, h.Dir), "main")
	main, refs, all := total(p.objects("main")), total(p.objects("--all")), p.all()
	minus := func(a, b Objects) Objects { return Objects{a.Count - b.Count, a.Bytes - b.Bytes, a.Packed - b.Packed} }
	// The empty tree may be reached without being stored.
	if got := r.Store.OtherRefs; got != minus(refs, main) {
		t.Errorf("other refs %+v, git says %+v", got, minus(refs, main))
	}
	if got := r.Store.Unreachable; got != minus(all, refs) {
		t.Errorf("unreachable %+v, git says %+v", got, minus(all, refs))
	}
	if len(r.Store.LargestUnreachable) < 2 || r.Store.LargestUnreachable[0].Bytes != 9500 || r.Store.LargestUnreachable[0].Commit != "" {
		t.Errorf("%+v", r.Store.LargestUnreachable)
	}
	if r.Store.Packs.Files != 1 || r.Store.Loose.Files == 0 || r.Store.Borrowed || r.History.Tags.Count != 0 {
		t.Errorf("%+v", r.Store)
	}
	p.sums(reportOf(t, h, Request{Rev: "main", Top: 1000}))
	figures := map[string]int64{}
	for _, m := range r.Measures {
		figures[m.Name] = m.Value
	}
	want := map[string]int64{"uniqueTagCount": 4, "maxTagDepth": 3, "refgroup.tags": 6, "refgroup.pulls": 1, "refgroup.remotes": 1, "refgroup.other": 1,
		"referenceCount": int64(len(p.lines("for-each-ref")))}
	for name, n := range want {
		if figures[name] != n {
			t.Errorf("%s is %d, want %d", name, figures[name], n)
		}
	}
}

func reportOf(t *testing.T, h *repotest.History, req Request) Report {
	t.Helper()
	r, err := Run(t.Context(), reopen(t, h.Dir), req)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAuditOfAllRefs(t *testing.T) {
	h := scattered(t)
	p := plumbingOf(t, h)
	r := reportOf(t, h, Request{Rev: "main", AllRefs: true, Top: 1000})
	want := p.objects("--all")
	got := map[string]Objects{"blob": r.History.Blobs, "tree": r.History.Trees, "commit": r.History.CommitObjects, "tag": r.History.Tags}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Store.OtherRefs.Count != 0 || !r.AllRefs || r.History.Tags.Count != 4 {
		t.Errorf("%+v, %+v", r.Store, r.History.Tags)
	}
	if n := len(p.lines("rev-list", "--all")); r.History.Commits != n {
		t.Errorf("%d commits, git says %d", r.History.Commits, n)
	}
	if _, err := Run(t.Context(), reopen(t, h.Dir), Request{Rev: "main~1..main", AllRefs: true}); err == nil {
		t.Error("a range of all refs means nothing")
	}
	if _, err := Run(t.Context(), reopen(t, h.Dir), Request{Rev: "main~1..main", Lacking: "origin"}); err == nil {
		t.Error("two ranges at once mean nothing")
	}
}

func TestAuditOfABrokenRef(t *testing.T) {
	h := small(t)
	h.Open()
	// The empty tree, which no list of objects has, is asked for too.
	someone(t)
	h.Git(nil, "update-ref", "refs/heads/main", h.Git(nil, "commit-tree", "-p", "main", "-m", "x", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"))
	writeFile(t, filepath.Join(h.Dir, "refs/heads/gone"), strings.Repeat("1", 40)+"\n")
	for _, all := range []bool{false, true} {
		r := reportOf(t, h, Request{Rev: "main", AllRefs: all})
		if len(r.Unknown.Damaged) != 1 || !strings.Contains(r.Unknown.Damaged[0], "refs/heads/gone") || r.History.Commits != 3 {
			t.Errorf("%+v, %q", r.History, r.Unknown.Damaged)
		}
	}
}

func TestAuditOfDamageBehindOtherRefs(t *testing.T) {
	for name, damaged := range map[string]func(*repotest.History){
		"commit": func(h *repotest.History) { h.Git(nil, "update-ref", "refs/heads/other", lone(h, "commit")) },
		"tree":   func(h *repotest.History) { h.Git(nil, "tag", "of-tree", lone(h, "tree")) },
		"tag":    func(h *repotest.History) { h.Git(nil, "update-ref", "refs/tags/cut", lone(h, "tag")) },
	} {
		t.Run(name, func(t *testing.T) {
			h := small(t)
			h.Open()
			someone(t)
			damaged(h)
			r := reportOf(t, h, Request{Rev: "main"})
			if r.History.Commits != 2 || len(r.Unknown.Damaged) == 0 || !strings.Contains(r.Unknown.Damaged[0], "can't be followed") {
				t.Errorf("%+v, %q", r.History, r.Unknown.Damaged)
			}
		})
	}
}

// lone makes an object that leads to what isn't there.
func lone(h *repotest.History, kind string) string {
	gone := strings.Repeat("12", 20)
	text := map[string]string{
		"commit": "tree " + gone + "\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n",
		"tree":   "40000 d\x00" + strings.Repeat("\x12", 20),
		"tag":    "object " + gone + "\ntype commit\ntag cut\ntagger A <a@b> 1 +0000\n\nx\n",
	}[kind]
	return h.Git([]byte(text), "hash-object", "-t", kind, "-w", "--stdin", "--literally")
}

func TestAuditOfBorrowedObjects(t *testing.T) {
	h := scattered(t)
	dir := filepath.Join(t.TempDir(), "borrower.git")
	h.Git(nil, "clone", "-q", "--bare", "--shared", "--single-branch", "--no-tags", "--branch=main", h.Dir, dir)
	lender, borrower := reportOf(t, h, Request{Rev: "main"}), audit(t, reopen(t, dir), "main")
	if !borrower.Store.Borrowed || borrower.Store.Packs.Files != 0 || borrower.History != lender.History {
		t.Errorf("%+v, %+v", borrower.Store, borrower.History)
	}
	// The lender's branches hold what no ref here does. Its tags' own objects
	// nobody here can tell.
	if got, want := borrower.Store.Unreachable, lender.Store.Unreachable; got.Count < want.Count || got.Count > want.Count+10 {
		t.Errorf("unreachable %+v, in the lender %+v", got, want)
	}
}

func TestAuditMonthsHaveNoGap(t *testing.T) {
	h := repotest.New(t)
	for i := range 5 { // a day apart each: the last of one month, and the first of the next
		h.Commit("main", "Ada", fmt.Sprint(i), repotest.Put("f.csv", repotest.Noise(uint32(i), 100)), repotest.Put("p.pt", repotest.Pointer(byte('a'+i), int64(i))))
	}
	repo := h.Open()
	someone(t)
	// 23:30 on New Year's Eve in UTC, which is the next year already where it was made.
	t.Setenv("GIT_COMMITTER_DATE", "1735687800 +0100")
	tip := h.Git(nil, "commit-tree", "-p", "main", "-m", "later", h.Git(nil, "rev-parse", "main~1^{tree}"))
	r := audit(t, repo, tip)
	if len(r.Months) != 14 || r.Months[0].Month != "2023-11" || r.Months[13].Month != "2024-12" || r.Months[5].Commits != 0 || r.Months[13].Commits != 1 {
		t.Errorf("%+v", r.Months)
	}
	if m := r.Months[0]; m.Commits != 5 || m.LFS != 10 || m.Kinds["data"] == 0 || m.Kinds["model"] == 0 {
		t.Errorf("%+v", m)
	}
	if want := time.Unix(1735687800, 0).UTC(); !r.History.Last.Equal(want) {
		t.Errorf("last %v, want %v", r.History.Last, want)
	}
}
