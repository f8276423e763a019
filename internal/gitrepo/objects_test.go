package gitrepo

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObjects(t *testing.T) {
	l := newLab(t)
	l.commit("first", "f", "hello")
	l.git("tag", "-a", "-m", "x", "v1")
	got := map[string]int64{}
	for o, err := range l.open().Objects(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Packed <= 0 || len(o.Hash) != 40 {
			t.Errorf("%+v", o)
		}
		got[o.Type]++
		if o.Type == "blob" && o.Size != 5 {
			t.Errorf("%+v", o)
		}
	}
	if diff := cmp.Diff(map[string]int64{"blob": 1, "tree": 1, "commit": 1, "tag": 1}, got); diff != "" {
		t.Error(diff)
	}
	for range l.open().Objects(t.Context()) {
		break // stopping early is no error
	}
}

func TestAncestryTellsParentsFirstAndTrees(t *testing.T) {
	l := branchy(t)
	var got []string
	for step, err := range l.open().Ancestry(t.Context(), "HEAD", "HEAD~3") {
		if err != nil {
			t.Fatal(err)
		}
		line := step.Commit.Subject()
		for _, c := range step.Changes {
			line += " " + c.Path
		}
		got = append(got, line)
	}
	want := []string{"on the side side", "merge side", "empty", "rename a renamed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for step, err := range l.open().Ancestry(t.Context(), "HEAD~3^") {
		if err != nil {
			t.Fatal(err)
		}
		if len(step.Changes) != 3 || step.Changes[1].Path != "dir" || step.Changes[1].NewMode != Directory {
			t.Errorf("%+v", step.Changes)
		}
	}
}

func TestLFSStore(t *testing.T) {
	l := newLab(t)
	oid := strings.Repeat("ab", 32)
	for _, tt := range []struct{ storage, want string }{
		{"", filepath.Join(l.dir, ".git/lfs")},
		{"elsewhere", filepath.Join(l.dir, ".git/elsewhere")},
		{"/srv/lfs", "/srv/lfs"},
	} {
		if tt.storage != "" {
			l.git("config", "lfs.storage", tt.storage)
		}
		at, err := l.open().LFSStore(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := at(oid), filepath.Join(tt.want, "objects/ab/ab", oid); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
