package audit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
	"gantline.dev/gantline/repoclean"
)

// team is a history with a checkpoint that was committed and removed, a file
// that was copied, a revert, a merge and LFS pointers.
func team(t *testing.T) *repotest.History {
	return repotest.New(t).
		Commit("main", "Ada", "code", repotest.Put("train.py", "v1"), repotest.Put("docs/a.md", "text"), repotest.Put(".gitattributes", "*.pt filter=lfs\n")).                                 // 1
		Commit("main", "Bob", "checkpoint", repotest.Put("runs/model.ckpt", repotest.Noise(1, 50_000)), repotest.Put("data/set.csv", repotest.Noise(2, 20_000))).                              // 2
		Commit("main", "Ada", "remove it", repotest.Remove("runs/model.ckpt"), repotest.Put("train.py", "v2"), repotest.Put("a.pt", repotest.Pointer('a', 4_000_000))).                        // 3
		Commit("side", "Eve", "on the side", repotest.From(3), repotest.Put("side/big.npy", repotest.Noise(3, 30_000)), repotest.Put("b.pt", repotest.Pointer('b', 1_000))).                   // 4
		Commit("main", "Bob", "copy", repotest.From(3), repotest.Put("data/copy.csv", repotest.Noise(2, 20_000)), repotest.Remove("a.pt"), repotest.Put("raw.pt", "not a pointer")).           // 5
		Commit("main", "Ada", "merge side", repotest.From(5), repotest.Merge(4), repotest.Put("side/big.npy", repotest.Noise(3, 30_000)), repotest.Put("b.pt", repotest.Pointer('b', 1_000))). // 6
		Commit("main", "Bob", "revert", repotest.Put("train.py", "v1"), repotest.Put("nb.ipynb", repotest.Noise(4, 9_000)))                                                                    // 7
}

func audit(t *testing.T, repo *gitrepo.Repo, rev string) Report {
	t.Helper()
	r, err := Run(t.Context(), repo, Request{Rev: rev})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAuditNamesWhoBroughtTheLargest(t *testing.T) {
	r := audit(t, team(t).Open(), "main")
	type line struct {
		Path, Author string
		Kind         repoclean.FileKind
		Bytes        int64
		InTree       bool
	}
	lines := func(blobs []Blob) (out []line) {
		for _, b := range blobs {
			out = append(out, line{b.Path, b.Author, b.Kind, b.Bytes, b.InTree})
		}
		return out
	}
	want := []line{
		{"runs/model.ckpt", "Bob", repoclean.Model, 50_000, false},
		{"side/big.npy", "Eve", repoclean.Data, 30_000, true},
		{"data/set.csv", "Bob", repoclean.Data, 20_000, true},
		{"nb.ipynb", "Bob", repoclean.Notebook, 9_000, true},
	}
	if diff := cmp.Diff(want, lines(r.Largest)[:4]); diff != "" {
		t.Error(diff)
	}
	wantTree := []line{
		{"side/big.npy", "Eve", repoclean.Data, 30_000, true},
		{"data/copy.csv", "Bob", repoclean.Data, 20_000, true},
		{"data/set.csv", "Bob", repoclean.Data, 20_000, true},
		{"nb.ipynb", "Bob", repoclean.Notebook, 9_000, true},
	}
	if diff := cmp.Diff(wantTree, lines(r.LargestInTree)[:4]); diff != "" {
		t.Error(diff)
	}
	if got, want := r.Largest[0].Date, time.Unix(1700000000+2*86400, 0).UTC(); !got.Equal(want) {
		t.Errorf("date %v, want %v", got, want)
	}
	if r.Largest[0].Packed < 30_000 || r.Largest[0].Packed > 60_000 {
		t.Errorf("packed %d", r.Largest[0].Packed)
	}
}

func TestAuditSums(t *testing.T) {
	r := audit(t, team(t).Open(), "main")
	if r.History.Commits != 7 || r.History.CommitObjects.Count != 7 {
		t.Errorf("history %+v", r.History)
	}
	// train.py twice, a.md, .gitattributes, ckpt, csv once, two pointers, npy, raw.pt, notebook.
	if r.History.Blobs.Count != 11 {
		t.Errorf("%d blobs", r.History.Blobs.Count)
	}
	if r.Tree.Files != 9 {
		t.Errorf("tree %+v", r.Tree)
	}
	if got := r.History.Last.Sub(r.History.First); got != 6*24*time.Hour {
		t.Errorf("history of %v", got)
	}
	find := func(list []Weight, name string) Weight {
		for _, w := range list {
			if w.Name == name {
				return w
			}
		}
		t.Errorf("no %q among %+v", name, list)
		return Weight{}
	}
	if w := find(r.Directories, "data"); w.History.Bytes != 20_000 || w.Tree.Bytes != 40_000 || w.Tree.Files != 2 {
		t.Errorf("data: %+v", w)
	}
	if w := find(r.Directories, "runs"); w.History.Count != 1 || w.Tree.Files != 0 {
		t.Errorf("runs: %+v", w)
	}
	if w := find(r.Extensions, ".py"); w.History.Count != 2 || w.Tree.Files != 1 {
		t.Errorf(".py: %+v", w)
	}
	if w := find(r.Kinds, "model"); w.History.Bytes < 50_000 {
		t.Errorf("model: %+v", w)
	}
	if r.Paths[0].Name != "runs/model.ckpt" || r.Kinds[0].Name != "data" && r.Kinds[0].Name != "model" {
		t.Errorf("heaviest path %+v, kind %+v", r.Paths[0], r.Kinds[0])
	}
}

func TestAuditFindsLFS(t *testing.T) {
	h := team(t)
	repo := h.Open()
	store := filepath.Join(h.Dir, "lfs/objects/bb/bb")
	if err := os.MkdirAll(store, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(store, strings.Repeat("b", 64)), make([]byte, 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	got := audit(t, repo, "main").LFS
	want := LFS{
		History: repoclean.Totals{Files: 2, Bytes: 4_001_000}, Tree: repoclean.Totals{Files: 1, Bytes: 1000}, Local: repoclean.Totals{Files: 1, Bytes: 1000}, LocalTree: repoclean.Totals{Files: 1, Bytes: 1000}, Raw: []string{"raw.pt"}, Unattributed: []string{}, Duplicates: []Duplicate{},
		Largest: []LFSObject{
			{OID: strings.Repeat("a", 64), Bytes: 4_000_000, Path: "a.pt"},
			{OID: strings.Repeat("b", 64), Bytes: 1_000, Path: "b.pt", InTree: true, Local: true},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(LFSObject{}, "Commit")); diff != "" {
		t.Error(diff)
	}
}

func TestAuditOfARange(t *testing.T) {
	repo := team(t).Open()
	r := audit(t, repo, "main~3..main")
	g := r.Growth
	var subjects []string
	var sum Objects
	for _, c := range g.Commits {
		subjects = append(subjects, c.Subject)
		sum.Count += c.Added.Count
		sum.Bytes += c.Added.Bytes
		sum.Packed += c.Added.Packed
	}
	if len(subjects) != 4 || subjects[len(subjects)-1] != "revert" || subjects[len(subjects)-2] != "merge side" {
		t.Errorf("commits %q", subjects)
	}
	if sum != r.History.All() {
		t.Errorf("added %+v, sum of the commits %+v", r.History, sum)
	}
	// The copy brings no new content, the merge nothing that the side branch
	// hadn't. The revert's was there once, but not in the last commit before the
	// range: git would send it again.
	var paths []string
	for _, b := range r.Largest {
		paths = append(paths, b.Path+" "+b.Author)
	}
	want := []string{"side/big.npy Eve", "nb.ipynb Bob", "b.pt Eve", "raw.pt Bob", "train.py Bob"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	if same := audit(t, repo, "main..main"); same.History.All().Count != 0 || len(same.Growth.Commits) != 0 {
		t.Errorf("an empty range grows: %+v", same)
	}
	if audit(t, repo, "main").Growth != nil {
		t.Error("growth of no range")
	}
	if g := audit(t, repo, "side...main").Growth; len(g.Commits) != 3 {
		t.Errorf("from the merge base, side itself: %+v", g.Commits)
	}
	if g := audit(t, repo, "side..").Growth; g.Head != g.Base && len(g.Commits) != 3 {
		t.Errorf("to HEAD: %+v", g)
	}
}

// TestAuditOfARangeIsWhatAPushSends compares with git's own answer, on a range
// that brings back what an older commit had.
func TestAuditOfARangeIsWhatAPushSends(t *testing.T) {
	h := repotest.New(t).
		Commit("main", "Ada", "one", repotest.Put("f", repotest.Noise(1, 5000))).
		Commit("main", "Ada", "two", repotest.Remove("f"), repotest.Put("g", "x")).
		Commit("main", "Ada", "three", repotest.Put("h", repotest.Noise(1, 5000)))
	repo := h.Open()
	for _, base := range []string{"main~1", "main~2"} {
		r := audit(t, repo, base+"..main")
		want := h.Git(nil, "rev-list", "--objects", "--disk-usage", base+"..main")
		if got := fmt.Sprint(r.History.Packed()); got != want {
			t.Errorf("%s: %s bytes packed, git says %s", base, got, want)
		}
	}
}

func TestAuditCountsEverythingOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for round := range 6 {
		h := repotest.New(t)
		for i := range 30 {
			var changes []repotest.Change
			if i > 3 && rng.IntN(3) == 0 {
				changes = append(changes, repotest.From(1+rng.IntN(i)), repotest.Merge(1+rng.IntN(i)))
			}
			for range 1 + rng.IntN(3) {
				changes = append(changes, repotest.Put(fmt.Sprintf("d%d/f%d", rng.IntN(3), rng.IntN(4)), repotest.Noise(uint32(rng.IntN(20)), 50)))
			}
			h.Commit("main", "Ada", fmt.Sprint(i), changes...)
		}
		repo := h.Open()
		r := audit(t, repo, "main")
		all := Objects{}
		for o, err := range repo.Objects(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			all = all.Plus(Objects{1, o.Size, o.Packed})
		}
		sum := Objects{}
		for _, part := range []Objects{r.History.Blobs, r.History.Trees, r.History.CommitObjects} {
			sum = sum.Plus(part)
		}
		if sum.Count > all.Count || sum.Bytes > all.Bytes || sum.Packed > all.Packed {
			t.Errorf("round %d: the report has %+v, the store %+v", round, sum, all)
		}
		reachable := strings.Count(h.Git(nil, "rev-list", "--objects", "main"), "\n") + 1
		if got := sum.Count; got != reachable {
			t.Errorf("round %d: %d objects in history, git says %d", round, got, reachable)
		}
	}
}

func TestAuditRefuses(t *testing.T) {
	repo := team(t).Open()
	for _, rev := range []string{"nope", "main..nope", "nope..main", "--all"} {
		if _, err := Run(t.Context(), repo, Request{Rev: rev}); !errors.Is(err, gitrepo.ErrNoRevision) {
			t.Errorf("%q: %v", rev, err)
		}
	}
	empty := repotest.New(t).Open()
	if _, err := Run(t.Context(), empty, Request{Rev: "HEAD"}); !errors.Is(err, gitrepo.ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
}

func TestAuditTellsProgress(t *testing.T) {
	last := map[string][2]int64{}
	_, err := Run(t.Context(), team(t).Open(), Request{Rev: "main", Progress: func(stage string, done, total int64) {
		last[stage] = [2]int64{done, total}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range []string{"objects", "commits", "pointers"} {
		if at := last[stage]; at[0] == 0 || at[0] != at[1] {
			t.Errorf("%s ended at %v", stage, at)
		}
	}
}
