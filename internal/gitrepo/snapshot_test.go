package gitrepo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fingerprint is every file below a directory with its content. Dates don't
// count: git marks an object that it would write again as used, by its date.
func fingerprint(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// snapshot takes one and checks that .git stays as it was.
func (l lab) snapshot(opts SnapshotOptions) (*Repo, Commit) {
	l.Helper()
	r := l.open()
	before := fingerprint(l.T, r.GitDir())
	s, c, err := r.Snapshot(l.Context(), opts)
	if err != nil {
		l.Fatal(err)
	}
	if diff := cmp.Diff(before, fingerprint(l.T, r.GitDir())); diff != "" {
		l.Errorf("the snapshot changed the repository: %s", diff)
	}
	l.Cleanup(func() { s.Close() })
	return s, c
}

// texts is path and content of every file of a commit.
func texts(t *testing.T, r *Repo, commit string) map[string]string {
	t.Helper()
	entries, err := r.Tree(t.Context(), commit)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if !e.Mode.IsBlob() {
			files[e.Path] = string(e.Mode)
			continue
		}
		content, err := r.ReadBlobs(t.Context(), []string{e.Hash})
		if err != nil {
			t.Fatal(err)
		}
		files[e.Path] = string(content[0])
	}
	return files
}

func TestSnapshotOfCleanTreeIsHead(t *testing.T) {
	l := newLab(t)
	head := l.commit("first", "f", "1")
	l.write("untracked", "x")
	_, c := l.snapshot(SnapshotOptions{})
	if c.Hash != head || c.Snapshot {
		t.Errorf("got %s, snapshot %v, want HEAD %s", c.Hash, c.Snapshot, head)
	}
}

func TestSnapshot(t *testing.T) {
	l := newLab(t)
	head := l.commit("first", "changed", "1", "deleted", "1", "staged", "1", "same", "1", ".gitignore", "ignored\n")
	l.write("changed", "2")
	l.must(os.Remove(filepath.Join(l.dir, "deleted")))
	l.write("staged", "2")
	l.git("add", "staged")
	l.write("staged", "3")
	l.write("new\nline", "u")
	l.write("ignored", "u")
	l.must(os.Symlink("/etc/passwd", filepath.Join(l.dir, "out")))
	inner := l.elsewhere(filepath.Join(l.dir, "inner"))
	l.must(os.Mkdir(inner.dir, 0o755))
	inner.git("init", "-q")

	tests := map[string]struct {
		opts SnapshotOptions
		want map[string]string
	}{
		"tracked": {SnapshotOptions{}, map[string]string{
			".gitignore": "ignored\n", "changed": "2", "staged": "3", "same": "1"}},
		"untracked": {SnapshotOptions{Untracked: true}, map[string]string{
			".gitignore": "ignored\n", "changed": "2", "staged": "3", "same": "1", "new\nline": "u", "out": "/etc/passwd"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := lab{t, l.dir}
			s, c := l.snapshot(tt.opts)
			if diff := cmp.Diff(tt.want, texts(t, s, c.Hash)); diff != "" {
				t.Error(diff)
			}
			if !c.Snapshot || !cmp.Equal(c.Parents, []string{head}) || c.Committer.When.Unix() != 1700000100 {
				t.Errorf("commit %+v", c)
			}
			_, again := l.snapshot(tt.opts)
			if again.Hash != c.Hash {
				t.Errorf("the same files gave %s and %s", c.Hash, again.Hash)
			}
			read, err := s.Resolve(t.Context(), c.Hash)
			read.Snapshot = true
			if diff := cmp.Diff(c, read); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
			nested, same, err := s.Snapshot(t.Context(), tt.opts)
			if err != nil || same.Hash != c.Hash {
				t.Fatalf("a snapshot's snapshot: %+v, %v", same, err)
			}
			if diff := cmp.Diff(tt.want, texts(t, nested, same.Hash)); diff != "" {
				t.Error(diff)
			}
			if err := errors.Join(nested.Close(), s.Close(), s.Close()); err != nil {
				t.Error(err)
			}
			if _, err := l.open().Resolve(t.Context(), c.Hash); !errors.Is(err, ErrNoRevision) {
				t.Errorf("after Close: %v", err)
			}
		})
	}
}

func TestSnapshotSeesChangeOfSameSizeInTheSameSecond(t *testing.T) {
	l := newLab(t)
	for i := range 5 {
		l.commit("round", "f", fmt.Sprintf("%03d", i))
		l.write("f", fmt.Sprintf("%03d", i+500))
		s, c := l.snapshot(SnapshotOptions{})
		if got := texts(t, s, c.Hash)["f"]; got != fmt.Sprintf("%03d", i+500) {
			t.Fatalf("round %d: the snapshot holds %q", i, got)
		}
	}
}

func TestSnapshotOfSparseCheckoutKeepsTheRest(t *testing.T) {
	for _, index := range []string{"--no-sparse-index", "--sparse-index"} {
		t.Run(index, func(t *testing.T) {
			l := newLab(t)
			head := l.commit("first", "in/f", "1", "out/f", "1", "out/deep/g", "1", "top", "1")
			l.git("sparse-checkout", "set", "--cone", index, "in")
			if _, err := os.Stat(filepath.Join(l.dir, "out")); err == nil {
				t.Fatal("the checkout isn't sparse")
			}
			if _, c := l.snapshot(SnapshotOptions{Untracked: true}); c.Hash != head {
				t.Errorf("without a change: %s, want HEAD %s", c.Hash, head)
			}
			l.write("in/f", "2")
			l.write("out/new", "u")
			s, c := l.snapshot(SnapshotOptions{Untracked: true})
			want := map[string]string{"in/f": "2", "out/f": "1", "out/deep/g": "1", "top": "1", "out/new": "u"}
			if diff := cmp.Diff(want, texts(t, s, c.Hash)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSnapshotOfLinkedWorktree(t *testing.T) {
	main := newLab(t)
	head := main.commit("first", "f", "1")
	main.commit("second", "f", "2")
	l := main.elsewhere(filepath.Join(t.TempDir(), "linked"))
	main.git("worktree", "add", "-q", "--detach", l.dir, head)
	if _, c := l.snapshot(SnapshotOptions{}); c.Hash != head {
		t.Errorf("clean: %s, want %s", c.Hash, head)
	}
	l.write("f", "3")
	s, c := l.snapshot(SnapshotOptions{})
	if got := texts(t, s, c.Hash); got["f"] != "3" || c.Parents[0] != head {
		t.Errorf("%v, %+v", got, c)
	}
}

func TestSnapshotOfCloneThatBorrowsObjects(t *testing.T) {
	far := newLab(t)
	far.commit("first", "f", "1", "g", "1")
	l := far.elsewhere(filepath.Join(t.TempDir(), "shared"))
	far.git("clone", "-q", "--shared", far.dir, l.dir)
	l.write("f", "2")
	s, c := l.snapshot(SnapshotOptions{})
	if diff := cmp.Diff(map[string]string{"f": "2", "g": "1"}, texts(t, s, c.Hash)); diff != "" {
		t.Error(diff)
	}
}

func TestSnapshotInTheMiddleOfAMerge(t *testing.T) {
	l := newLab(t)
	l.commit("first", "f", "1\n")
	l.git("checkout", "-q", "-b", "side")
	l.commit("side", "f", "side\n")
	l.git("checkout", "-q", "main")
	l.commit("main", "f", "main\n")
	merge := exec.Command("git", "-c", "user.name=Ada", "-c", "user.email=a@example.com", "merge", "side")
	merge.Dir = l.dir
	if merge.Run() == nil {
		t.Fatal("the merge has no conflict")
	}
	l.write("intended", "x")
	l.git("add", "--intent-to-add", "intended")
	s, c := l.snapshot(SnapshotOptions{})
	got := texts(t, s, c.Hash)
	if !strings.Contains(got["f"], "<<<<<<<") || got["intended"] != "x" {
		t.Errorf("%q", got)
	}
}

func TestSnapshotOnUnbornBranch(t *testing.T) {
	l := newLab(t)
	l.write("f", "1")
	s, c := l.snapshot(SnapshotOptions{Untracked: true})
	if diff := cmp.Diff(map[string]string{"f": "1"}, texts(t, s, c.Hash)); diff != "" {
		t.Error(diff)
	}
	if len(c.Parents) != 0 || c.Committer.When.Year() != 1980 {
		t.Errorf("%+v", c)
	}
}

func TestSnapshotOfSubmoduleAndSplitIndex(t *testing.T) {
	sub := newLab(t)
	at := sub.commit("sub", "f", "1")
	l := newLab(t)
	l.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", sub.dir, "lib")
	l.commit("with a submodule", "a", "1")
	l.git("update-index", "--split-index")
	l.write("a", "2")
	s, c := l.snapshot(SnapshotOptions{Untracked: true})
	entries, err := s.Tree(t.Context(), c.Hash)
	if err != nil || len(entries) != 3 {
		t.Fatalf("%+v, %v", entries, err)
	}
	if got := entries[2]; got.Path != "lib" || got.Mode != Submodule || got.Hash != at {
		t.Errorf("%+v", got)
	}
}

func TestSnapshotOfBareRepositoryIsRefused(t *testing.T) {
	isolate(t)
	l := lab{t, t.TempDir()}
	l.git("init", "-q", "--bare")
	if _, _, err := l.open().Snapshot(t.Context(), SnapshotOptions{}); !errors.Is(err, ErrNoWorkTree) {
		t.Errorf("got %v", err)
	}
}

func TestSnapshotRunsFiltersOutsideTheRepository(t *testing.T) {
	l := newLab(t)
	l.commit("first", "f.bin", "raw", ".gitattributes", "*.bin filter=lfs\n")
	l.git("config", "filter.lfs.clean", `d=$(git config lfs.storage)/objects/aa/aa && mkdir -p "$d" && cat >"$d/`+strings.Repeat("a", 64)+`" && echo pointer`)
	l.write("f.bin", "changed")
	s, c := l.snapshot(SnapshotOptions{})
	if got := texts(t, s, c.Hash)["f.bin"]; strings.TrimSpace(got) != "pointer" {
		t.Errorf("the filter made %q", got)
	}
	// What the filter put aside is found, and what the repository has.
	at, err := s.LFSStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(at(strings.Repeat("a", 64))); err != nil || string(text) != "changed" {
		t.Errorf("the content is %q, %v", text, err)
	}
	if path := at(strings.Repeat("b", 64)); !strings.HasPrefix(path, filepath.Join(l.dir, ".git", "lfs")) {
		t.Errorf("another content is looked for at %q", path)
	}
}
