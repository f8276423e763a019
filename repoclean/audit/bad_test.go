package audit

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
)

// loose makes every object of a history a file of its own.
func loose(t *testing.T, h *repotest.History) *gitrepo.Repo {
	t.Helper()
	repo := h.Open()
	packs, err := filepath.Glob(filepath.Join(h.Dir, "objects/pack/*.pack"))
	if err != nil {
		t.Fatal(err)
	}
	for _, pack := range packs {
		text, err := os.ReadFile(pack)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(strings.TrimSuffix(pack, ".pack") + ".idx"); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(pack); err != nil {
			t.Fatal(err)
		}
		h.Git(text, "unpack-objects", "-q")
	}
	return repo
}

// objectFile is where an object lies.
func objectFile(t *testing.T, h *repotest.History, name string) string {
	t.Helper()
	hash := h.Git(nil, "rev-parse", name)
	return filepath.Join(h.Dir, "objects", hash[:2], hash[2:])
}

// damage writes something else in an object's place, or takes it away.
func damage(t *testing.T, h *repotest.History, name, content string) {
	t.Helper()
	file := objectFile(t, h, name)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if content != "" {
		if err := os.WriteFile(file, []byte(content), 0o444); err != nil {
			t.Fatal(err)
		}
	}
}

func small(t *testing.T) *repotest.History {
	return repotest.New(t).
		Commit("main", "Ada", "one", repotest.Put("d/a.csv", repotest.Noise(1, 5000)), repotest.Put("b.pt", repotest.Pointer('a', 10))).
		Commit("main", "Bob", "two", repotest.Put("d/b.csv", repotest.Noise(2, 3000)), repotest.Put("n.ipynb", `{"cells":[{"outputs":["x"]}]}`), repotest.Put(".gitattributes", "*.pt filter=lfs\n"))
}

func TestAuditTellsOfDamagedBlobs(t *testing.T) {
	tests := map[string]struct {
		name, content string
		lost          int // blobs whose sizes are unknown
		says          string
	}{
		"missing":          {"main:d/b.csv", "", 1, `("d/b.csv") is missing`},
		"garbage":          {"main:d/b.csv", "garbage", 1, `("d/b.csv") is missing or can't be read`},
		"cut pointer":      {"main:b.pt", zlibbed("blob 128\x00version"), 0, "can't be read"},
		"cut notebook":     {"main:n.ipynb", zlibbed("blob 29\x00{"), 0, "notebook"},
		"cut attributes":   {"main:.gitattributes", zlibbed("blob 16\x00*"), 0, "which files go to Git LFS is unknown"},
		"lost attributes":  {"main:.gitattributes", "", 1, "which files it gives to Git LFS is unknown"},
		"garbage notebook": {"main:n.ipynb", "garbage", 1, "is missing or can't be read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := small(t)
			repo := loose(t, h)
			whole := audit(t, repo, "main")
			damage(t, h, tt.name, tt.content)
			for _, rev := range []string{"main", "main~1..main"} {
				r := audit(t, repo, rev)
				if tt.name == "main:b.pt" && rev != "main" {
					continue // not of the range
				}
				if said := strings.Join(r.Unknown.Damaged, "\n"); !strings.Contains(said, tt.says) {
					t.Errorf("%s: %q", rev, said)
				}
				if r.Unknown.MissingBlobs != tt.lost || r.Unknown.MissingInTree != tt.lost || r.Tree.Files != whole.Tree.Files {
					t.Errorf("%s: unknown %+v, tree %+v", rev, r.Unknown, r.Tree)
				}
				if rev == "main" && r.History.Blobs.Count != whole.History.Blobs.Count-tt.lost {
					t.Errorf("%d blobs of %d", r.History.Blobs.Count, whole.History.Blobs.Count)
				}
			}
		})
	}
}

// zlibbed is a loose object's file, whatever it holds.
func zlibbed(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	return b.String()
}

func TestAuditNamesWhatItCannotGoOnWithout(t *testing.T) {
	for name, object := range map[string]string{"tree of history": "main~1:d", "root tree": "main^{tree}", "commit": "main~1", "head": "main"} {
		for how, content := range map[string]string{"missing": "", "garbage": "garbage"} {
			t.Run(name+" "+how, func(t *testing.T) {
				h := small(t)
				repo := loose(t, h)
				hash := h.Git(nil, "rev-parse", object)
				damage(t, h, object, content)
				_, err := Run(t.Context(), repo, Request{Rev: "main"})
				if err == nil {
					t.Fatal("the audit says nothing")
				}
				if object == "main" {
					return // git takes the ref for none; which is all that can be said
				}
				if !strings.Contains(err.Error(), hash) || !strings.Contains(err.Error(), "git fsck") {
					t.Errorf("%v; it should name %s", err, hash)
				}
			})
		}
	}
}

// oddTree is a tree object's text and how many files git finds in it; below 0
// where git gives up.
type oddTree struct {
	text  string
	files int
}

// oddTrees are made of the raw names of a blob, a tree of two files, and one of
// five.
func oddTrees(blob, dir, root string) map[string]oddTree {
	return map[string]oddTree{
		"duplicates":       {"100644 a\x00" + blob + "100644 a\x00" + blob + "40000 d\x00" + dir + "40000 d\x00" + dir, 6},
		"unsorted":         {"100644 z\x00" + blob + "100644 a\x00" + blob, 2},
		"odd mode":         {"100664 a\x00" + blob + "100000 b\x00" + blob + "107777 c\x00" + blob, 3},
		"no mode":          {"0 a\x00" + blob, 0},
		"names":            {"100644 .git\x00" + blob + "100644 ..\x00" + blob + "100644 n\nl\x00" + blob + "100644 \xff\xfe\x00" + blob, 4},
		"slash":            {"100644 d/x\x00" + blob, 1},
		"cut short":        {"100644 a\x00" + blob[:10], -1},
		"mode of letters":  {"1x0644 a\x00" + blob, -1},
		"no name":          {"100644 \x00" + blob, -1},
		"blob for a tree":  {"40000 d\x00" + blob, -1},
		"tree for a blob":  {"100644 d\x00" + dir, 1},
		"nothing but dirs": {"40000 e\x00" + root, 5},
	}
}

func TestAuditOfTreesThatGitWouldNotMake(t *testing.T) {
	h := small(t)
	repo := h.Open()
	raw := func(text string) string {
		id, ok := gitrepo.ParseObjectID(h.Git(nil, "rev-parse", text))
		if !ok {
			t.Fatal(text)
		}
		return string(id[:20])
	}
	someone(t)
	for name, tt := range oddTrees(raw("main:d/a.csv"), raw("main:d"), raw("main^{tree}")) {
		t.Run(name, func(t *testing.T) {
			tree := h.Git([]byte(tt.text), "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
			rev := h.Git(nil, "commit-tree", "-p", "main", "-m", "odd", tree)
			for _, rev := range []string{rev, "main.." + rev} {
				r, err := Run(t.Context(), repo, Request{Rev: rev})
				if tt.files < 0 {
					if err == nil || !strings.Contains(err.Error(), "git fsck") {
						t.Errorf("%s: %v", rev, err)
					}
					continue
				}
				if name == "tree for a blob" && err != nil && strings.Contains(err.Error(), "has blob mode, but is not a blob") {
					continue // git lists no such range
				}
				if err != nil || r.Tree.Files != tt.files {
					t.Errorf("%s: %+v, %v", rev, r.Tree, err)
				}
				if _, err := json.Marshal(r); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// someone makes the commits of a test.
func someone(t *testing.T) {
	t.Setenv("GIT_AUTHOR_NAME", "A")
	t.Setenv("GIT_AUTHOR_EMAIL", "a@b")
	t.Setenv("GIT_COMMITTER_NAME", "A")
	t.Setenv("GIT_COMMITTER_EMAIL", "a@b")
}

func TestAuditOfOddCommits(t *testing.T) {
	h := small(t)
	repo := h.Open()
	tree := h.Git(nil, "rev-parse", "main^{tree}")
	tip := h.Git(nil, "rev-parse", "main")
	for _, who := range []string{
		"author A <a@b> 99999999999999999999 +0000\ncommitter C <c@d> -5 +0000\n",
		"author no mail\ncommitter\n", "author A\x00B <x@y> 12 +0000\ncommitter C <c@d> 1000000000000 +9999\n",
		"author Jos\xe9 <x@y> 12 +0000\ncommitter C <c@d> 253402300800 +0000\nencoding ISO-8859-1\n", "", "author \xff\x01 <> 0 +0000\ncommitter <> 1700000000 +0000\n",
	} {
		tip = h.Git([]byte("tree "+tree+"\nparent "+tip+"\n"+who+"\n\x01\xff\n"), "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
	}
	whole := audit(t, repo, tip)
	if whole.History.Commits != 8 || len(whole.Unknown.Damaged) != 5 || len(whole.Months) != 1 || whole.Months[0].Commits != 8 {
		t.Errorf("%+v, months %+v, %q", whole.History, whole.Months, whole.Unknown.Damaged)
	}
	r := audit(t, repo, "main.."+tip)
	if _, err := json.Marshal(r); err != nil || len(r.Growth.Commits) != 6 || r.Growth.Commits[3].Author != "José" {
		t.Errorf("%+v, %v", r.Growth, err)
	}
}

// TestAuditReadsNoHugeBlob has a blob of which only the head is there: to read
// it would fail.
func TestAuditReadsNoHugeBlob(t *testing.T) {
	h := small(t)
	repo := loose(t, h)
	const size = 5 << 30
	damage(t, h, "main:d/a.csv", zlibbed(fmt.Sprintf("blob %d\x00start", int64(size))))
	r := audit(t, repo, "main")
	if r.Largest[0].Bytes != size || r.LargestInTree[0].Path != "d/a.csv" || r.Tree.Bytes < size || len(r.Unknown.Damaged) > 0 {
		t.Errorf("%+v, tree %+v, %q", r.Largest[0], r.Tree, r.Unknown.Damaged)
	}
}

func TestAuditOfPathsOfAnyBytes(t *testing.T) {
	odd := []string{"new\nline.csv", "\xff\xfe.csv", "\x01soh", "tab\t", "é/e\u0301", "Case", "case"}
	var changes []repotest.Change
	for i, path := range odd {
		changes = append(changes, repotest.Put(path, repotest.Noise(uint32(i), 100+i)))
	}
	h := repotest.New(t).Commit("main", "Ada\x01", "odd", changes...)
	r := audit(t, h.Open(), "main")
	if len(r.Largest) != len(odd) || len(r.Paths) != len(odd) || r.Tree.Files != len(odd) {
		t.Errorf("%+v", r.Tree)
	}
	for i, b := range r.Largest {
		if want := odd[len(odd)-1-i]; b.Path != want {
			t.Errorf("%q, want %q", b.Path, want)
		}
	}
}

func TestAuditOfSHA256(t *testing.T) {
	h := repotest.NewFormat(t, "sha256").
		Commit("main", "Ada", "one", repotest.Put("d/a.csv", repotest.Noise(1, 5000)), repotest.Put("b.pt", repotest.Pointer('a', 10))).
		Commit("main", "Bob", "two", repotest.Put("d/b.csv", repotest.Noise(2, 3000)))
	repo := h.Open()
	p := plumbing{t, func(args ...string) string { return h.Git(nil, args...) }}
	r := audit(t, repo, "main")
	p.same(r, "main")
	if r.LFS.Tree.Files != 1 || len(r.Largest[0].Hash) != 64 {
		t.Errorf("%+v, %+v", r.LFS, r.Largest[0])
	}
	if r := audit(t, repo, "main~1..main"); r.History.All().Count != 4 {
		t.Errorf("the range has %+v", r.History)
	}
}

// TestAuditWhileTheRepositoryIsWritten repacks and commits beside audits.
func TestAuditWhileTheRepositoryIsWritten(t *testing.T) {
	h := wild(t, rand.New(rand.NewPCG(11, 2)), 60)
	repo := loose(t, h)
	tip := h.Git(nil, "rev-parse", "main")
	want := audit(t, repo, tip)
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			h.Git(fmt.Appendf(nil, "commit refs/heads/more\ncommitter A <a@b> %d +0000\ndata 1\nxM 644 inline f\ndata 6\n%06d\n", i, i), "fast-import", "--quiet", "--force")
			h.Git(nil, "repack", []string{"-adq", "-dq", "-Adq"}[i%3])
			h.Git(nil, "prune-packed", "-q")
		}
	})
	rounds := 0
	for begin := time.Now(); time.Since(begin) < 2*time.Second || rounds < 5; rounds++ {
		r := audit(t, repo, tip)
		if len(r.Unknown.Damaged) > 0 || r.Unknown.MissingBlobs > 0 {
			t.Errorf("round %d: %q", rounds, r.Unknown.Damaged)
		}
		got, want := r.History, want.History
		for _, pair := range [][2]Objects{{got.Blobs, want.Blobs}, {got.Trees, want.Trees}, {got.CommitObjects, want.CommitObjects}} {
			if pair[0].Count != pair[1].Count || pair[0].Bytes != pair[1].Bytes {
				t.Errorf("round %d: %+v, at first %+v", rounds, pair[0], pair[1])
			}
		}
	}
	stop()
	busy.Wait()
}

func TestAuditEndsWithItsContext(t *testing.T) {
	h := wild(t, rand.New(rand.NewPCG(3, 4)), 20)
	repo := h.Open()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Run(ctx, repo, Request{Rev: "main", Progress: func(string, int64, int64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err != nil && strings.Contains(err.Error(), "fsck") {
		t.Errorf("%v", err)
	}
}

func TestAuditOfClonesThatLackTrees(t *testing.T) {
	h := small(t)
	h.Open()
	h.Git(nil, "config", "uploadpack.allowFilter", "true")
	dir := filepath.Join(t.TempDir(), "treeless.git")
	h.Git(nil, "clone", "-q", "--bare", "--filter=tree:0", "file://"+h.Dir, dir)
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), repo, Request{Rev: "main"}); err == nil || !strings.Contains(err.Error(), "--filter=blob:none") {
		t.Errorf("%v", err)
	}
}

func writeFile(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
