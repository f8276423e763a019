package audit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
	"gantline.dev/gantline/repoclean"
)

func TestDuplicatesAndFinds(t *testing.T) {
	big, notebook := repotest.Noise(1, 5000), `{"cells":[{"cell_type":"code","outputs":[{"data":"0123456789"}]},{"outputs":[]},{"source":"x"}],"metadata":{}}`
	h := repotest.New(t).Commit("main", "Ada", "one",
		repotest.Put("a/set.csv", big), repotest.Put("b/set.csv", big), repotest.Put("c/copy.csv", big),
		repotest.Put("x.txt", "twice"), repotest.Put("y.txt", "twice"), repotest.Put("e1", ""), repotest.Put("e2", ""),
		repotest.PutMode("120000", "l1", "target"), repotest.PutMode("120000", "l2", "target"),
		repotest.Put("p1.pt", repotest.Pointer('a', 700)), repotest.Put("p2.pt", repotest.Pointer('a', 700)), repotest.Put("p3.pt", repotest.Pointer('b', 5)),
		repotest.Put("data.tar.gz", repotest.Noise(2, 300)), repotest.Put("w.ckpt", repotest.Noise(3, 900)), repotest.Put("empty.zip", ""),
		repotest.Put("n.ipynb", notebook), repotest.Put("same.ipynb", notebook), repotest.Put("broken.ipynb", notebook+"}"),
		repotest.Put("old.ipynb", `{"worksheets":[{"cells":[{"outputs": [1, 2]}]}]}`), repotest.Put("clean.ipynb", `{"cells":[{"outputs": [ ]},{"outputs":null}]}`),
		repotest.Put(".gitattributes", "p1.pt filter=lfs\np3.pt filter=lfs\nw.* filter=lfs\nempty.zip filter=lfs\n"))
	r := audit(t, h.Open(), "main")
	type copies struct {
		Kind  repoclean.FileKind
		Bytes int64
		Paths string
	}
	flat := func(list []Duplicate) (out []copies) {
		for _, d := range list {
			out = append(out, copies{d.Kind, d.Bytes, strings.Join(d.Paths, " ")})
		}
		return out
	}
	nb := int64(len(notebook))
	if diff := cmp.Diff([]copies{{"data", 5000, "a/set.csv b/set.csv c/copy.csv"}, {"notebook", nb, "n.ipynb same.ipynb"}, {"document", 5, "x.txt y.txt"}}, flat(r.Duplicates)); diff != "" {
		t.Error(diff)
	}
	if want := (Totals{Files: 4, Bytes: 10_000 + nb + 5}); r.Wasted != want {
		t.Errorf("wasted %+v, want %+v", r.Wasted, want)
	}
	if diff := cmp.Diff([]copies{{"model", 700, "p1.pt p2.pt"}}, flat(r.LFS.Duplicates)); diff != "" {
		t.Error(diff)
	}
	outputs := int64(len(`[{"data":"0123456789"}]`))
	want := []Find{{"w.ckpt", foundCheckpoint, 900}, {"data.tar.gz", foundArchive, 300}, {"n.ipynb", foundOutputs, outputs}, {"same.ipynb", foundOutputs, outputs}, {"old.ipynb", foundOutputs, 6}}
	if diff := cmp.Diff(want, r.Finds); diff != "" {
		t.Error(diff)
	}
	if want := (Totals{Files: 5, Bytes: 1206 + 2*outputs}); r.Found != want {
		t.Errorf("found %+v, want %+v", r.Found, want)
	}
	if diff := cmp.Diff([][]string{{"w.ckpt"}, {"p2.pt"}}, [][]string{r.LFS.Raw, r.LFS.Unattributed}); diff != "" {
		t.Error(diff)
	}
}

func TestAuthorsHaveWhatTheyBroughtFirst(t *testing.T) {
	r := audit(t, team(t).Open(), "main")
	counts := map[string][2]int{}
	for _, w := range r.Authors {
		counts[w.Name] = [2]int{w.History.Count, w.Now.Count}
	}
	// Ada: train.py twice, a.md, .gitattributes, a.pt; Bob: a checkpoint, a
	// table, raw.pt, a notebook; Eve: an array and b.pt.
	if diff := cmp.Diff(map[string][2]int{"Ada": {5, 3}, "Bob": {4, 3}, "Eve": {2, 2}}, counts); diff != "" {
		t.Error(diff)
	}
	if r.History.Deleted.Count != 3 {
		t.Errorf("deleted %+v", r.History.Deleted)
	}
}

func TestAreasStayLegible(t *testing.T) {
	h := repotest.New(t)
	var changes []repotest.Change
	for d := range 50 {
		for f := range 50 {
			changes = append(changes, repotest.Put(fmt.Sprintf("d%02d/sub/f%02d.csv", d, f), repotest.Noise(uint32(d*100+f), 100+d*40)))
		}
	}
	h.Commit("main", "Ada", "many", changes...)
	h.Commit("main", "Ada", "fewer", repotest.Remove("d49"))
	r := audit(t, h.Open(), "main")
	for name, area := range map[string]Area{"tree": r.TreeMap, "history": r.HistoryMap} {
		nested(t, area)
		if n := areaCount(area); n > maxAreas || n < 100 {
			t.Errorf("%s: %d areas", name, n)
		}
		if n := len(area.Areas); n != maxSiblings+1 || area.Areas[n-1].Name != rest || area.Kind != repoclean.Data {
			t.Errorf("%s: %d areas at the top, the last %q", name, n, area.Areas[n-1].Name)
		}
	}
	if a := r.HistoryMap.Areas[0]; a.Name != "d49" || !a.Deleted || r.TreeMap.Areas[0].Name != "d48" || r.HistoryMap.Deleted {
		t.Errorf("%q, deleted %v; %q", a.Name, a.Deleted, r.TreeMap.Areas[0].Name)
	}
}

func areaCount(a Area) int {
	n := 1
	for _, b := range a.Areas {
		n += areaCount(b)
	}
	return n
}

func TestAreaOfNothing(t *testing.T) {
	r := audit(t, repotest.New(t).Commit("main", "Ada", "empty").Open(), "main")
	if diff := cmp.Diff(Area{}, r.TreeMap, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Deleted" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if r.History.Commits != 1 || r.History.Trees.Count != 1 || len(r.Paths) != 0 {
		t.Errorf("%+v", r.History)
	}
}

func TestRepackSaysWhy(t *testing.T) {
	for name, tt := range map[string]struct {
		facts   gitrepo.StoreFacts
		commits int
		want    string // a command for each reason
	}{
		"nothing":     {gitrepo.StoreFacts{Packs: 50, Loose: 100}, 100, ""},
		"packs":       {gitrepo.StoreFacts{Packs: 51}, 100, "git repack -ad"},
		"loose":       {gitrepo.StoreFacts{Loose: 7001, LooseBytes: 100, PackBytes: 1 << 40}, 100, "git gc"},
		"loose bytes": {gitrepo.StoreFacts{Loose: 70, LooseBytes: 20 << 20, PackBytes: 100 << 20}, 100, "git gc"},
		"few bytes":   {gitrepo.StoreFacts{Loose: 70, LooseBytes: 20 << 10, PackBytes: 1 << 10}, 100, ""},
		"twice":       {gitrepo.StoreFacts{LoosePacked: 8000}, 100, "git prune-packed"},
		"long":        {gitrepo.StoreFacts{}, 50_001, "git repack -adb git commit-graph write --reachable"},
		"indexed":     {gitrepo.StoreFacts{Bitmap: true, CommitGraph: true}, 50_001, ""},
		"garbage":     {gitrepo.StoreFacts{Garbage: 2}, 1, "git count-objects -v"},
	} {
		said := strings.Join(repack(tt.facts, tt.commits), "\n")
		if (said == "") != (tt.want == "") {
			t.Errorf("%s: %q", name, said)
		}
		for command := range strings.SplitSeq(tt.want, " git ") {
			if !strings.Contains(said, strings.TrimPrefix(command, "git ")) {
				t.Errorf("%s: %q, without %q", name, said, command)
			}
		}
	}
}

func FuzzOutputBytes(f *testing.F) {
	f.Add([]byte(`{"cells":[{"outputs":[1]}]}`))
	f.Add([]byte(`{"worksheets":[{"cells":[{"outputs":{}}]}]}`))
	f.Add([]byte(`{"outputs"`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if n := outputBytes(text); n < 0 || n > int64(len(text)) {
			t.Errorf("%d bytes of outputs in %d", n, len(text))
		}
	})
}
