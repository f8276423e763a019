package gitrepo

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// forge writes a tree object that git itself would refuse to make.
func (l lab) forge(entries ...string) string {
	l.Helper()
	var raw strings.Builder
	for _, e := range entries { // "mode name hash"
		fields := strings.SplitN(e, "|", 3)
		hash, err := hex.DecodeString(fields[2])
		l.must(err)
		fmt.Fprintf(&raw, "%s %s\x00%s", fields[0], fields[1], hash)
	}
	return l.gitWith([]byte(raw.String()), nil, "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
}

func TestTreeRefusesForgedEntries(t *testing.T) {
	l := newLab(t)
	blob := l.gitWith([]byte("x"), nil, "hash-object", "-w", "--stdin")
	tests := map[string]struct{ entry, reason string }{
		"..":    {"100644|..|" + blob, "would leave its directory"},
		".":     {"100644|.|" + blob, "would leave its directory"},
		".git":  {"100644|.git|" + blob, "would be taken for a repository"},
		".GIT":  {"100644|.GIT|" + blob, "would be taken for a repository"},
		"":      {"100644||" + blob, "has no name"},
		"a/b":   {"100644|a/b|" + blob, "holds a slash"},
		"/etc":  {"100644|/etc|" + blob, "holds a slash"},
		"weird": {"170000|weird|" + blob, `has mode "170000", which git doesn't use`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			below := l.forge("100644|ok|"+blob, tt.entry)
			root := l.forge("40000|dir|" + below)
			commit := l.git("commit-tree", "-m", "forged", root)
			_, err := l.open().Tree(t.Context(), commit)
			var got *TreeError
			if !errors.As(err, &got) {
				t.Fatalf("got %v", err)
			}
			want := &TreeError{Tree: below, Dir: "dir", Name: name, Reason: tt.reason}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		root := l.forge("100644|a|"+blob, "120000|a|"+blob)
		var got *TreeError
		if _, err := l.open().Tree(t.Context(), root); !errors.As(err, &got) || got.Reason != "stands there twice" {
			t.Errorf("got %v", err)
		}
	})
}

func TestTreeKeepsOddNamesAndModes(t *testing.T) {
	l := newLab(t)
	blob := l.gitWith([]byte("12345"), nil, "hash-object", "-w", "--stdin")
	commit := l.commit("something to point at")
	root := l.forge(
		"100664|group-writable|"+blob,
		"100755|new\nline|"+blob,
		"100644|not\xffutf8|"+blob,
		"120000|out|"+blob,
		"100644|space and \"quotes\"|"+blob,
		"160000|sub|"+commit,
	)
	got, err := l.open().Tree(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{"group-writable", File, blob, 5},
		{"new\nline", Executable, blob, 5},
		{"not\xffutf8", File, blob, 5},
		{"out", Symlink, blob, 5},
		{"space and \"quotes\"", File, blob, 5},
		{"sub", Submodule, commit, UnknownSize},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTreeMatchesLsTree(t *testing.T) {
	l := newLab(t)
	for i := range 300 {
		l.write(fmt.Sprintf("d%d/e%d/f%d.txt", i%7, i%31, i), strings.Repeat("x", i))
	}
	l.commit("many")
	entries, err := l.open().Tree(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&got, "%s blob %s %7d\t%s\n", e.Mode, e.Hash, e.Size, e.Path)
	}
	want := l.git("ls-tree", "-r", "-l", "HEAD") + "\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyTree(t *testing.T) {
	l := newLab(t)
	c := l.commit("nothing")
	if entries, err := l.open().Tree(t.Context(), c); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestTreeOfUnknownName(t *testing.T) {
	l := newLab(t)
	l.commit("first")
	r := l.open()
	for _, name := range []string{"nope", "-x", ""} {
		if _, err := r.Tree(t.Context(), name); !errors.Is(err, ErrNoRevision) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := r.Tree(t.Context(), strings.Repeat("1", 40)); !errors.Is(err, ErrMissing) {
		t.Errorf("a hash: %v", err)
	}
}

func TestCorruptObjectIsSaid(t *testing.T) {
	l := newLab(t)
	l.commit("first", "f", "content")
	hash := l.git("rev-parse", "HEAD:f")
	loose := filepath.Join(l.dir, ".git/objects", hash[:2], hash[2:])
	l.must(os.Chmod(loose, 0o644))
	l.must(os.WriteFile(loose, []byte("garbage"), 0o644))
	_, err := l.open().ReadBlobs(t.Context(), []string{hash})
	var failed *GitError
	if !errors.As(err, &failed) && !errors.Is(err, ErrMissing) {
		t.Errorf("got %v", err)
	}
	if _, err := l.open().Tree(t.Context(), "HEAD"); err == nil {
		t.Error("the size of a corrupt object was made up")
	}
}

func TestBlobs(t *testing.T) {
	l := newLab(t)
	large := strings.Repeat("0123456789", 100_000)
	l.commit("two", "large", large, "small", "tiny", "empty", "")
	r := l.open()
	b, err := r.Blobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	hash := func(path string) string { return l.git("rev-parse", "HEAD:"+path) }

	if got, err := b.Read(hash("small")); err != nil || string(got) != "tiny" {
		t.Errorf("%q, %v", got, err)
	}
	rc, size, err := b.Open(hash("large"))
	if err != nil || size != int64(len(large)) {
		t.Fatal(size, err)
	}
	if _, err := b.Read(hash("small")); err == nil || !strings.Contains(err.Error(), "not closed") {
		t.Errorf("reading while another is open: %v", err)
	}
	_ = rc.Close()
}

func TestBlobsCloseEarlyThenReadOn(t *testing.T) {
	l := newLab(t)
	l.commit("two", "large", strings.Repeat("0123456789", 100_000), "small", "tiny")
	b, err := l.open().Blobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	rc, _, err := b.Open(l.git("rev-parse", "HEAD:large"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, rc, 10); err != nil {
		t.Fatal(err)
	}
	if err := rc.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Read(l.git("rev-parse", "HEAD:small")); err != nil || string(got) != "tiny" {
		t.Errorf("%q, %v", got, err)
	}
	missing := strings.Repeat("1", 40)
	if _, err := b.Read(missing); !errors.Is(err, ErrMissing) {
		t.Errorf("missing: %v", err)
	}
	if _, err := b.Read(l.git("rev-parse", "HEAD")); err == nil || !strings.Contains(err.Error(), "it is a commit, not a blob") {
		t.Errorf("a commit: %v", err)
	}
	if got, err := b.Read(l.git("rev-parse", "HEAD:small")); err != nil || string(got) != "tiny" {
		t.Errorf("after the errors: %q, %v", got, err)
	}
}

func TestEachDoesNotDeadlock(t *testing.T) {
	l := newLab(t)
	l.commit("one", "f", strings.Repeat("x", 10_000))
	hash := l.git("rev-parse", "HEAD:f")
	hashes := make([]string, 20_000) // far more than both pipes hold
	for i := range hashes {
		hashes[i] = hash
	}
	b, err := l.open().Blobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	if err := b.Each(hashes, func(int, int64, io.Reader) error { seen++; return nil }); err != nil || seen != len(hashes) {
		t.Errorf("%d, %v", seen, err)
	}
	enough := errors.New("enough")
	if err := b.Each(hashes, func(int, int64, io.Reader) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("stopping: %v", err)
	}
	b.Close()
}

func TestReadBlobs(t *testing.T) {
	l := newLab(t)
	l.commit("two", "a", "A", "b", "B")
	a, b := l.git("rev-parse", "HEAD:a"), l.git("rev-parse", "HEAD:b")
	got, err := l.open().ReadBlobs(t.Context(), []string{b, a, b})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]byte{[]byte("B"), []byte("A"), []byte("B")}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := l.open().ReadBlobs(t.Context(), []string{a, strings.Repeat("2", 40)}); !errors.Is(err, ErrMissing) {
		t.Errorf("missing: %v", err)
	}
}

// TestTreeIsTheCallersOwn reads a tree that is kept: what a caller does with
// it changes no other's, and a name that moved means what it means now.
func TestTreeIsTheCallersOwn(t *testing.T) {
	l := newLab(t)
	l.write("a", "1")
	first := l.commit("first")
	r := l.open()
	entries, err := r.Tree(t.Context(), first)
	l.must(err)
	entries[0].Path = "changed"
	again, err := r.Tree(t.Context(), first)
	l.must(err)
	if again[0].Path != "a" {
		t.Errorf("the tree has %q", again[0].Path)
	}
	if _, err := r.Tree(t.Context(), "HEAD"); err != nil {
		t.Fatal(err)
	}
	l.write("b", "2")
	l.commit("second")
	if now, err := r.Tree(t.Context(), "HEAD"); err != nil || len(now) != 2 {
		t.Errorf("HEAD has %d files (%v) after a second was committed", len(now), err)
	}
}
