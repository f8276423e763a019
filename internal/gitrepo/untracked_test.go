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
