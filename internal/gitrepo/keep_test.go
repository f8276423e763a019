package gitrepo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKeep holds a kept snapshot to surviving the snapshot's own directory and
// git's clean-up, and index, HEAD and work tree to staying as they are.
func TestKeep(t *testing.T) {
	l := newLab(t)
	l.commit("one", "a.txt", "one\n", "dir/b.txt", "two\n")
	l.write("a.txt", "changed\n")
	l.write("new.txt", "new\n")
	s, c := l.snapshot(SnapshotOptions{Untracked: true})
	before := l.git("status", "--porcelain=v2", "--branch")
	ref := "refs/gantline/runs/ann/" + c.Hash
	for range 2 { // a second run of the same snapshot finds the ref
		if err := s.Keep(t.Context(), c, ref); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	l.git("gc", "--prune=now", "-q")
	l.git("fsck", "--strict")
	want := map[string]string{"a.txt": "changed\n", "new.txt": "new\n", "dir/b.txt": "two\n"}
	if diff := cmp.Diff(want, texts(t, l.open(), ref)); diff != "" {
		t.Errorf("kept files (-want +got):\n%s", diff)
	}
	if after := l.git("status", "--porcelain=v2", "--branch"); after != before {
		t.Errorf("status was\n%s\nand is\n%s", before, after)
	}
	other, d := l.snapshot(SnapshotOptions{})
	if err := other.Keep(t.Context(), d, ref); err == nil || !strings.Contains(err.Error(), ref) {
		t.Errorf("a ref that stands elsewhere: %v", err)
	}
}

func TestKeepOnUnbornBranch(t *testing.T) {
	l := newLab(t)
	l.write("a.txt", "one\n")
	s, c := l.snapshot(SnapshotOptions{Untracked: true})
	if err := s.Keep(t.Context(), c, "refs/gantline/runs/ann/x"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if got := texts(t, l.open(), "refs/gantline/runs/ann/x")["a.txt"]; got != "one\n" {
		t.Errorf("a.txt is %q", got)
	}
}

func TestDiffStat(t *testing.T) {
	l := newLab(t)
	from := l.commit("one", "a.txt", "1\n2\n3\n", "gone.txt", "x\n")
	l.git("rm", "-q", "gone.txt")
	to := l.commit("two", "a.txt", "1\nzwei\n3\n4\n", "dir/b\tc.bin", "\x00\x01")
	got, err := l.open().DiffStat(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	want := []FileStat{
		{"a.txt", Modified, 2, 1, 11},
		{"dir/b\tc.bin", Added, -1, -1, 2},
		{"gone.txt", Deleted, 0, 1, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, err := l.open().DiffStat(t.Context(), to, to); err != nil || len(got) > 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}

func TestAuthor(t *testing.T) {
	l := newLab(t)
	l.git("config", "user.email", "ann@example.com")
	l.git("config", "user.name", "Ann")
	if got := l.open().Author(t.Context()).Email; got != "ann@example.com" {
		t.Errorf("email is %q", got)
	}
}

func TestUntrackedFiles(t *testing.T) {
	l := newLab(t)
	l.commit("one", "a.txt", "one\n", ".gitignore", "*.log\n")
	l.write("dir/new.bin", "12345")
	l.write("dir/x.log", "ignored")
	l.write("b.txt", "b")
	got, err := l.open().UntrackedFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []FileStat{{Path: "b.txt", Status: Added, Bytes: 1}, {Path: "dir/new.bin", Status: Added, Bytes: 5}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
