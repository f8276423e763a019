package audit

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
)

// TestAuditOfThisProject compares the figures of a real history with git's own.
func TestAuditOfThisProject(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	repo, err := gitrepo.Open(t.Context(), root)
	if err != nil {
		t.Skipf("the sources are in no git repository: %v", err)
	}
	if repo.Shallow() || repo.Partial() {
		t.Skip("the sources are in a clone that lacks objects")
	}
	head, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	p := plumbing{t, func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %s: %v", strings.Join(args, " "), err)
		}
		return strings.TrimSuffix(string(out), "\n")
	}}
	r, err := Run(t.Context(), repo, Request{Rev: head.Hash, Top: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	sums := p.objects(head.Hash)
	for kind, o := range map[string]Objects{"blob": r.History.Blobs, "tree": r.History.Trees, "commit": r.History.CommitObjects} {
		// Another process may repack meanwhile.
		o.Packed, sums[kind] = 0, Objects{sums[kind].Count, sums[kind].Bytes, 0}
		if o != sums[kind] {
			t.Errorf("%s: %+v, git has %+v", kind, o, sums[kind])
		}
	}
	measures := map[string]int64{}
	p.checkout(head.Hash, func(name string, n int64) { measures[name] = max(measures[name], n) }, map[string]bool{})
	for _, m := range r.Measures {
		if want, ok := measures[m.Name]; ok && m.Value < want {
			t.Errorf("%s is %d in all of history, but %d at its end", m.Name, m.Value, want)
		}
	}
	if n := len(p.lines("rev-list", head.Hash)); r.History.Commits != n {
		t.Errorf("%d commits, git says %d", r.History.Commits, n)
	}
	if n := len(p.lines("ls-tree", "-r", head.Hash)); r.Tree.Files != n {
		t.Errorf("%d files, git says %d", r.Tree.Files, n)
	}
	p.sums(r)
}
