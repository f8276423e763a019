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
