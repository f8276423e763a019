package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	l := newLab(t)
	first := l.commit("first\n\nwith a body", "f", "1")
	second := l.commit("second", "f", "2")
	l.git("tag", "light", first)
	l.git("tag", "-a", "-m", "annotated", "v1", first)
	l.git("tag", "-a", "-m", "of a tag", "v2", "v1")
	l.git("branch", "feature/one", first)
	r := l.open()

	for rev, want := range map[string]string{
		"HEAD": second, "@": second, "main": second, "HEAD~1": first, "light": first, "v1": first, "v2": first,
		"feature/one": first, first[:8]: first, ":/first": first, "main@{0}": second, "v1^{commit}": first,
	} {
		t.Run(rev, func(t *testing.T) {
			c, err := r.Resolve(t.Context(), rev)
			if err != nil || c.Hash != want {
				t.Errorf("got %q, %v, want %q", c.Hash, err, want)
			}
		})
	}
}

func TestResolveReadsTheCommit(t *testing.T) {
	l := newLab(t)
	first := l.commit("first", "f", "1")
	second := l.commit("second\n\nwith a body", "f", "2")
	got, err := l.open().Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	want := Commit{
		Hash: second, Tree: l.git("rev-parse", "HEAD^{tree}"), Parents: []string{first},
		Author:    Signature{"Ada", "ada@example.com", time.Unix(1700000000, 0)},
		Committer: Signature{"Grace", "grace@example.com", time.Unix(1700000100, 0)},
		Message:   "second\n\nwith a body\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Subject() != "second" {
		t.Errorf("subject %q", got.Subject())
	}
	if _, offset := got.Committer.When.Zone(); offset != -(7*60+30)*60 {
		t.Errorf("committer's zone is %d seconds", offset)
	}
}

func TestResolveRefuses(t *testing.T) {
	l := newLab(t)
	l.commit("first", "f", "1")
	l.git("branch", "feature/login")
	r := l.open()
	for _, rev := range []string{"", "nope", "--all", "-h", "--output=x", "HEAD~7", "main..main", "a\nb", "HEAD:nope", strings.Repeat("1", 40)} {
		if _, err := r.Resolve(t.Context(), rev); !errors.Is(err, ErrNoRevision) {
			t.Errorf("%q: %v", rev, err)
		}
	}
	if _, err := r.Resolve(t.Context(), "HEAD:f"); err == nil || !strings.Contains(err.Error(), "it is a blob, not a commit") {
		t.Errorf("a blob: %v", err)
	}
	for rev, want := range map[string]string{"mian": "main", "login": "feature/login"} {
		_, err := r.Resolve(t.Context(), rev)
		var missing *NoRevisionError
		if !errors.As(err, &missing) || len(missing.Nearest) != 1 || missing.Nearest[0] != want {
			t.Errorf("%q: %v", rev, err)
		}
	}
}

func TestResolveInEmptyRepository(t *testing.T) {
	l := newLab(t)
	r := l.open()
	for _, rev := range []string{"HEAD", "@", "HEAD~1"} {
		if _, err := r.Resolve(t.Context(), rev); !errors.Is(err, ErrEmpty) {
			t.Errorf("%q: %v", rev, err)
		}
	}
	if _, err := r.Resolve(t.Context(), "v1"); !errors.Is(err, ErrNoRevision) {
		t.Errorf("a tag: %v", err)
	}
	l.commit("first")
	l.git("checkout", "-q", "--orphan", "unborn")
	_, err := r.Resolve(t.Context(), "HEAD")
	if !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), `such as "main"`) {
		t.Errorf("unborn branch: %v", err)
	}
	if _, err := r.Resolve(t.Context(), "main"); err != nil {
		t.Errorf("the other branch: %v", err)
	}
}

func TestReplaceRefsDoNotCount(t *testing.T) {
	l := newLab(t)
	first := l.commit("first", "f", "1")
	second := l.commit("second", "f", "2")
	l.git("replace", second, first)
	c, err := l.open().Resolve(t.Context(), "HEAD")
	if err != nil || c.Subject() != "second" {
		t.Errorf("%q, %v", c.Subject(), err)
	}
}

// Grafts give a commit other parents on one machine, as replace refs may.
func TestGraftsDoNotCount(t *testing.T) {
	l := newLab(t)
	l.commit("first", "f", "1")
	second := l.commit("second", "f", "2")
	if err := os.WriteFile(filepath.Join(l.dir, ".git", "info", "grafts"), []byte(second+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if depth, ok, err := l.open().Depth(t.Context(), second); depth != 1 || !ok || err != nil {
		t.Errorf("the depth is %d, %v, %v", depth, ok, err)
	}
}

func FuzzParseCommit(f *testing.F) {
	f.Add([]byte("tree 1234\nparent 5678\nauthor A <a@b> 1 +0100\ncommitter B <b@c> 2 -0730\ngpgsig -----\n x\n\nmessage\n"))
	f.Add([]byte("tree 1\nauthor <> \ncommitter x"))
	f.Fuzz(func(t *testing.T, object []byte) {
		c, err := parseCommit("h", object)
		if err != nil {
			return
		}
		again, err := parseCommit("h", c.encode())
		if err != nil {
			t.Fatalf("%q can't be read again: %v", c.encode(), err)
		}
		if c.Tree != again.Tree || c.Message != again.Message || !c.Author.When.Equal(again.Author.When) {
			t.Errorf("%q became %q", object, c.encode())
		}
	})
}
