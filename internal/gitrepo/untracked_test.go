package gitrepo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUntracked(t *testing.T) {
	l := newLab(t)
	l.commit("first", "tracked/a", "1", ".gitignore", "ignored\n")
	l.write("tracked/a", "2")
	l.write("ignored", "u")
	if got, err := l.open().Untracked(t.Context()); err != nil || len(got) > 0 {
		t.Fatalf("a changed and an ignored file: %q, %v", got, err)
	}
	l.write("tracked/new\nline", "u")
	l.write("new/1", "u")
	l.write("new/2", "u")
	l.write("staged", "u")
	l.git("add", "staged")
	got, err := l.open().Untracked(t.Context())
	if diff := cmp.Diff([]string{"new/", "tracked/new\nline"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestUnmerged(t *testing.T) {
	l := newLab(t)
	l.commit("first", "a", "1\n", "b", "1\n")
	if got, err := l.open().Unmerged(t.Context()); err != nil || len(got) > 0 {
		t.Fatalf("nothing is merged: %q, %v", got, err)
	}
	l.git("checkout", "-q", "-b", "other")
	l.commit("theirs", "a", "2\n", "b", "2\n")
	l.git("checkout", "-q", "-")
	l.commit("ours", "a", "3\n")
	l.git("read-tree", "-m", "HEAD~1", "HEAD", "other") // a merge that stops at the conflict
	got, err := l.open().Unmerged(t.Context())
	if diff := cmp.Diff([]string{"a"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
