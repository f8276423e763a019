package gitrepo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenKinds(t *testing.T) {
	l := newLab(t)
	head := l.commit("first", "a/b.txt", "hello\n")
	l.commit("second", "c.txt", "more\n")
	base := t.TempDir()

	l.git("worktree", "add", "-q", "--detach", filepath.Join(base, "linked"), head)
	l.git("clone", "-q", "--bare", l.dir, filepath.Join(base, "bare.git"))
	l.git("clone", "-q", "--depth=1", "file://"+l.dir, filepath.Join(base, "shallow"))
	l.git("clone", "-q", "--shared", l.dir, filepath.Join(base, "shared"))
	l.git("clone", "-q", l.dir, filepath.Join(base, "sparse"))
	l.elsewhere(filepath.Join(base, "sparse")).git("sparse-checkout", "set", "a")

	tests := []struct {
		dir     string
		root    string
		shallow bool
		subject string
	}{
		{l.dir, l.dir, false, "second"},
		{filepath.Join(l.dir, "a"), l.dir, false, "second"},
		{filepath.Join(l.dir, ".git"), "", false, "second"},
		{filepath.Join(base, "linked"), filepath.Join(base, "linked"), false, "first"},
		{filepath.Join(base, "bare.git"), "", false, "second"},
		{filepath.Join(base, "shallow"), filepath.Join(base, "shallow"), true, "second"},
		{filepath.Join(base, "shared"), filepath.Join(base, "shared"), false, "second"},
		{filepath.Join(base, "sparse"), filepath.Join(base, "sparse"), false, "second"},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.dir), func(t *testing.T) {
			r := openDir(t, tt.dir)
			if r.Root() != tt.root || r.Bare() != (tt.root == "") || r.Shallow() != tt.shallow || r.Partial() {
				t.Errorf("root %q bare %v shallow %v partial %v", r.Root(), r.Bare(), r.Shallow(), r.Partial())
			}
			c, err := r.Resolve(t.Context(), "HEAD")
			if err != nil || c.Subject() != tt.subject {
				t.Errorf("HEAD is %q (%v), want %q", c.Subject(), err, tt.subject)
			}
			entries, err := r.Tree(t.Context(), "HEAD")
			if err != nil || len(entries) == 0 || entries[0].Path != "a/b.txt" || entries[0].Size != 6 {
				t.Errorf("tree %+v, %v", entries, err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	isolate(t)
	if _, err := Open(context.Background(), t.TempDir()); !errors.Is(err, ErrNotRepository) {
		t.Errorf("a plain directory: %v", err)
	}
	if _, err := Open(context.Background(), filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "no such directory") {
		t.Errorf("no directory: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(context.Background(), t.TempDir()); !errors.Is(err, ErrGitMissing) {
		t.Errorf("no git: %v", err)
	}
}

func TestOpenNamesUnsafeOwner(t *testing.T) {
	l := newLab(t)
	// What git does for a repository of another user, without needing one.
	t.Setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
	_, err := Open(context.Background(), l.dir)
	if !errors.Is(err, ErrUnsafeOwner) || !strings.Contains(err.Error(), "safe.directory") {
		t.Errorf("got %v", err)
	}
}

func TestEnvironmentOfAHookIsIgnored(t *testing.T) {
	other := newLab(t)
	other.commit("other")
	l := newLab(t)
	l.commit("mine")
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other.dir, ".git", "index"))
	t.Setenv("GIT_LITERAL_PATHSPECS", "1")
	c, err := l.open().Resolve(t.Context(), "HEAD")
	if err != nil || c.Subject() != "mine" {
		t.Errorf("HEAD is %q, %v", c.Subject(), err)
	}
}

func TestSHA256Repository(t *testing.T) {
	l := newLab(t, "--object-format=sha256")
	head := l.commit("first", "d/f", "text")
	r := l.open()
	c, err := r.Resolve(t.Context(), "main")
	if err != nil || c.Hash != head || len(head) != 64 {
		t.Fatalf("%q, %v", c.Hash, err)
	}
	entries, err := r.Tree(t.Context(), head)
	if err != nil || len(entries) != 1 || entries[0].Path != "d/f" || len(entries[0].Hash) != 64 {
		t.Errorf("tree %+v, %v", entries, err)
	}
	l.write("d/f", "changed")
	s, snap, err := r.Snapshot(t.Context(), SnapshotOptions{})
	if err != nil || len(snap.Hash) != 64 || !snap.Snapshot {
		t.Fatalf("snapshot %+v, %v", snap, err)
	}
	defer s.Close()
	if err := r.UpdateRef(t.Context(), "refs/heads/new", head, ""); err != nil {
		t.Error(err)
	}
}

func TestCancelledContextStopsGit(t *testing.T) {
	l := newLab(t)
	l.commit("first")
	ctx, cancel := context.WithCancel(t.Context())
	r := l.open()
	cancel()
	if _, err := r.MergeBase(ctx, "HEAD", "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestOpenInPathWithColonAndQuote(t *testing.T) {
	l := newLab(t)
	l.commit("first", "f", "x")
	odd := filepath.Join(t.TempDir(), `a:"b`)
	if err := os.Rename(l.dir, odd); err != nil {
		t.Fatal(err)
	}
	l = l.elsewhere(odd)
	l.write("f", "y")
	s, c, err := l.open().Snapshot(t.Context(), SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if entries, err := s.Tree(t.Context(), c.Hash); err != nil || len(entries) != 1 {
		t.Errorf("%+v, %v", entries, err)
	}
}
