package gitrepo

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDepthTreesAndDifferences(t *testing.T) {
	l := newLab(t)
	trees := []string{}
	hash := ""
	for i := range 6 {
		hash = l.commit(fmt.Sprint("Commit ", i), fmt.Sprintf("dir/odd\n%d", i), fmt.Sprint(i), "a", fmt.Sprint("a", i))
		trees = append([]string{l.git("rev-parse", "HEAD^{tree}")}, trees...)
	}
	l.git("checkout", "-q", "-b", "side", "HEAD~3")
	l.commit("Side", "side", "side")
	l.git("checkout", "-q", "main")
	l.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
	merge := l.git("rev-parse", "HEAD")
	r := l.open()
	for commit, want := range map[string]int{hash: 5, merge: 6} {
		if depth, ok, err := r.Depth(t.Context(), commit); depth != want || !ok || err != nil {
			t.Errorf("depth of %s is %d, %v, %v", commit, depth, ok, err)
		}
	}
	got, err := r.FirstParentTrees(t.Context(), hash, 4)
	if diff := cmp.Diff(trees[:4], got); diff != "" || err != nil {
		t.Errorf("trees: %v\n%s", err, diff)
	}
	chain := append(trees, trees[len(trees)-1]) // the last pair doesn't differ
	changes, err := r.DiffChain(t.Context(), chain)
	if err != nil || len(changes) != len(chain)-1 {
		t.Fatalf("%d differences, %v", len(changes), err)
	}
	for i := range changes {
		want, err := r.DiffPaths(t.Context(), chain[i], chain[i+1])
		if diff := cmp.Diff(want, changes[i], cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("pair %d: %v\n%s", i, err, diff)
		}
	}
	var none *NoRevisionError
	if _, _, err := r.Depth(t.Context(), "HEAD"); !errors.As(err, &none) {
		t.Errorf("a name that is no hash: %v", err)
	}
	if _, err := r.DiffChain(t.Context(), []string{trees[0], "--output=x"}); !errors.As(err, &none) {
		t.Errorf("a tree that is an option: %v", err)
	}
}

// A shallow clone knows the depth of a commit only where it has its root.
func TestDepthOfShallowClones(t *testing.T) {
	l := newLab(t)
	for i := range 5 {
		l.commit(fmt.Sprint("Commit ", i), "a", fmt.Sprint(i))
	}
	for depth, known := range map[int]bool{2: false, 5: true} {
		dir := t.TempDir()
		l.git("clone", "-q", "--bare", fmt.Sprintf("--depth=%d", depth), "file://"+l.dir, dir)
		r := openDir(t, dir)
		head, err := r.Resolve(t.Context(), "main")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := r.Depth(t.Context(), head.Hash); ok != known || err != nil || ok && got != 4 {
			t.Errorf("--depth=%d: %d, %v, %v", depth, got, ok, err)
		}
	}
}

func FuzzParseChain(f *testing.F) {
	pair := "4b825dc642cb6eb9a060e54bf8d69288fbee4904 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	record := ":100644 000000 4b825dc642cb6eb9a060e54bf8d69288fbee4904 0000000000000000000000000000000000000000 D\x00a\nb\x00"
	f.Add([]byte(pair+record+record+pair), 2)
	f.Add([]byte(record), 1)
	f.Add([]byte(pair+":100644"), 1)
	f.Fuzz(func(t *testing.T, out []byte, pairs int) {
		chain, err := parseChain(out, min(max(pairs, 0), 100))
		if err == nil && len(chain) != min(max(pairs, 0), 100) {
			t.Errorf("%d differences of %d", len(chain), pairs)
		}
	})
}
