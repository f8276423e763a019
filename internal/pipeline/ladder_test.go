package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
	"gantline.dev/gantline/internal/pipeline"
)

// longHistory is 320 commits of code that comes, moves and goes, of pointers of
// Git LFS, notebooks and merges, under one gantline.yaml.
func longHistory(t *testing.T) *repotest.History {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 9))
	h := repotest.New(t)
	first := []repotest.Change{repotest.Put("train.py", "pass\n")}
	for name, text := range example(map[string]string{"gantline.yaml": fetching("*.model")}) {
		first = append(first, repotest.Put(name, text))
	}
	h.Commit("main", "Ann", "First", first...)
	for i := 2; i <= 320; i++ {
		h.Commit("main", "Ann", fmt.Sprint("Commit ", i), change(rng, i)...)
	}
	return h
}

func change(rng *rand.Rand, i int) []repotest.Change {
	dir := fmt.Sprintf("pkg%d", rng.IntN(6))
	file := fmt.Sprintf("%s/m%d.py", dir, rng.IntN(5))
	switch rng.IntN(9) {
	case 0:
		return []repotest.Change{repotest.Remove(dir)}
	case 1: // a file where a directory is, or was
		return []repotest.Change{repotest.Remove(dir), repotest.PutMode("100755", dir, fmt.Sprint(i))}
	case 2:
		return []repotest.Change{repotest.PutMode("120000", file, "../train.py")}
	case 3:
		return []repotest.Change{repotest.Put(fmt.Sprintf("w%d.model", rng.IntN(3)), repotest.Pointer(byte(i), 9))}
	case 4:
		return []repotest.Change{repotest.Put(fmt.Sprintf("left%d.bin", rng.IntN(3)), repotest.Pointer(byte(i), 9))}
	case 5:
		return []repotest.Change{repotest.Put("docs/x.md", fmt.Sprint(i)), repotest.Put(dir+".ipynb", "{}")}
	case 6:
		return []repotest.Change{repotest.Submodule("sub")}
	}
	return []repotest.Change{repotest.Put(file, fmt.Sprintf("x = %d\n", i)), repotest.Put("train.py", fmt.Sprint("# ", i))}
}

// TestStagesAreEarlierContexts: where the rules didn't change, the stages of a
// ladder are the contexts that the commits of its anchors have themselves.
func TestStagesAreEarlierContexts(t *testing.T) {
	repo := longHistory(t).Open()
	at := func(rev string) *pipeline.Project {
		commit, err := repo.Resolve(t.Context(), rev)
		if err != nil {
			t.Fatal(err)
		}
		project, err := pipeline.Load(t.Context(), repo, commit)
		if err != nil {
			t.Fatal(err)
		}
		return project
	}
	files := func(p *pipeline.Project) []build.File {
		context, err := p.Context(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return pipeline.ImageFiles(context.Files)
	}
	for _, back := range []int{0, 1, 29, 64, 130, 318, 319} {
		p := at(fmt.Sprintf("main~%d", back))
		context, err := p.Context(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stages, err := p.Stages(t.Context(), p.Commit.Hash, context)
		if err != nil {
			t.Fatal(err)
		}
		anchors := build.Anchors(319 - back)
		if len(stages) != len(anchors) {
			t.Fatalf("%d commits before the last: %d stages for %d anchors", back, len(stages), len(anchors))
		}
		for i, anchor := range anchors {
			want := files(at(fmt.Sprintf("main~%d", 319-anchor)))
			slices.SortFunc(stages[i], func(a, b build.File) int { return strings.Compare(a.Path, b.Path) })
			if diff := cmp.Diff(want, stages[i], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%d commits before the last, depth %d (-context +stage):\n%s", back, anchor, diff)
			}
		}
	}
}

// TestCommitsCostTheirChanges: of two commits one after the other, the second
// sends one small layer, and says of all others that they are reused. What
// Verify makes anew is the same.
func TestCommitsCostTheirChanges(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range 200 {
		many[fmt.Sprintf("pkg/m%d.py", i)] = strings.Repeat(fmt.Sprintln("value =", i), 300)
	}
	r := newRepository(t, example(many))
	registry := newStore(t)
	for i := range 12 {
		r.commit("Change", map[string]string{"pkg/m7.py": fmt.Sprintln("value =", i, "# changed")})
		images, err := registry.build(t, r.valid("HEAD"))
		if err != nil {
			t.Fatal(err)
		}
		layers := images[0].Manifests[0].Layers
		var sent, code int64
		for _, l := range layers {
			if l.Kind == build.KindCode {
				code++
			}
			if !l.Reused {
				sent += l.Size
			}
		}
		if i > 0 && (sent == 0 || sent > 1000) {
			t.Errorf("commit %d sends %d bytes of layers: %+v", i, sent, layers)
		}
		if code > 9 {
			t.Errorf("commit %d has %d layers of code", i, code)
		}
		registry.whole(t, r.valid("HEAD"))
	}
}

// TestShallowCloneHasOneRung: who doesn't know how deep a commit lies makes one
// layer of code, with the same files.
func TestShallowCloneHasOneRung(t *testing.T) {
	h := longHistory(t)
	h.Open()
	dir := t.TempDir()
	h.Git(nil, "clone", "-q", "--bare", "--depth=40", "file://"+h.Dir, dir)
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	commit, err := repo.Resolve(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Load(t.Context(), repo, commit)
	if err != nil {
		t.Fatal(err)
	}
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stages, err := p.Stages(t.Context(), commit.Hash, files); err != nil || len(stages) != 0 {
		t.Errorf("%d stages, %v", len(stages), err)
	}
}
