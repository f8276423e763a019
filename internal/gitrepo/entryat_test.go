package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEntryAt(t *testing.T) {
	l := newLab(t)
	l.commit("one", "a.txt", "one\n", "dir/b.txt", "two\n", "[a].txt", "three\n")
	r := l.open()
	commit := l.git("rev-parse", "HEAD")
	for path, mode := range map[string]Mode{"a.txt": File, "dir/b.txt": File, "dir": Directory, "[a].txt": File} {
		item, ok, err := r.EntryAt(t.Context(), commit, path)
		if err != nil || !ok || item.Path != path || item.Mode != mode || r.Hex(item.ID) != l.git("rev-parse", "HEAD:"+path) {
			t.Errorf("%s: %+v, %v, %v", path, item, ok, err)
		}
	}
	for _, path := range []string{"nothing", "*.txt", "dir/nothing", "[b].txt"} {
		if item, ok, err := r.EntryAt(t.Context(), commit, path); ok || err != nil {
			t.Errorf("%s: %+v, %v, %v", path, item, ok, err)
		}
	}
	if _, _, err := r.EntryAt(t.Context(), "HEAD", "a.txt"); !errors.Is(err, ErrNoRevision) {
		t.Errorf("no full hash: %v", err)
	}
}

// TestResolveSaysWhatLacks tells a revision that nobody made from one whose
// object is gone, and from one that a shallow clone lacks.
func TestResolveSaysWhatLacks(t *testing.T) {
	l := newLab(t)
	for _, message := range []string{"one", "two", "three"} {
		l.commit(message, "a.txt", message)
	}
	shallow := filepath.Join(t.TempDir(), "shallow")
	l.git("clone", "-q", "--depth=1", "file://"+l.dir, shallow)
	r, err := Open(t.Context(), shallow)
	l.must(err)
	if _, err := r.Resolve(t.Context(), "HEAD~1"); !errors.Is(err, ErrNoRevision) || !strings.Contains(err.Error(), "git fetch --unshallow") {
		t.Errorf("a parent in a shallow clone: %v", err)
	}
	for _, rev := range []string{"HEAD~1", "HEAD"} {
		hash := l.git("rev-parse", rev)
		l.must(os.Remove(filepath.Join(l.dir, ".git", "objects", hash[:2], hash[2:])))
		if _, err := l.open().Resolve(t.Context(), rev); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "git fsck") {
			t.Errorf("%s, whose object is gone: %v", rev, err)
		}
		if _, err := l.open().Resolve(t.Context(), hash); !errors.Is(err, ErrNoRevision) {
			t.Errorf("a hash that nobody has: %v", err)
		}
	}
}
