package gitrepo

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told is a history as lines: subject, then a letter and path a change.
func told(t *testing.T, r *Repo, from string) []string {
	t.Helper()
	var lines []string
	for step, err := range r.FirstParents(t.Context(), from) {
		if err != nil {
			t.Fatal(err)
		}
		line := step.Commit.Subject()
		if step.Cut {
			line += " (cut)"
		}
		for _, c := range step.Changes {
			line += fmt.Sprintf(" %c:%s", c.Status, c.Path)
		}
		lines = append(lines, line)
	}
	return lines
}

// branchy makes a history with a merge, an empty commit and odd names.
func branchy(t *testing.T) lab {
	l := newLab(t)
	l.commit("root", "a", "1", "dir/b", "1")
	l.git("checkout", "-q", "-b", "side")
	l.commit("on the side", "side", "1")
	l.git("checkout", "-q", "main")
	l.commit("odd", "new\nline", "1", "a", "2")
	l.git("merge", "-q", "--no-ff", "-m", "merge", "side")
	l.commit("empty")
	l.git("mv", "a", "renamed")
	l.commit("rename\n\nA body with a colon line:\n:100644 100644 x y M")
	return l
}

func TestFirstParents(t *testing.T) {
	l := branchy(t)
	// What a user configures must not change what is read.
	for _, c := range []string{"log.showSignature=true", "diff.renames=copies", "log.decorate=full", "log.follow=true",
		"diff.ignoreSubmodules=all", "log.date=relative", "format.pretty=oneline", "log.diffMerges=combined", "color.ui=always", "diff.noprefix=true", "log.mailmap=true"} {
		key, value, _ := strings.Cut(c, "=")
		l.git("config", key, value)
	}
	want := []string{
		"rename D:a A:renamed",
		"empty",
		"merge A:side",
		"odd M:a A:new\nline",
		"root A:a A:dir/b",
	}
	if diff := cmp.Diff(want, told(t, l.open(), "HEAD")); diff != "" {
		t.Error(diff)
	}
}

func TestFirstParentsStepsHoldTheCommit(t *testing.T) {
	l := branchy(t)
	r := l.open()
	for step, err := range r.FirstParents(t.Context(), "HEAD") {
		if err != nil {
			t.Fatal(err)
		}
		want, err := r.Resolve(t.Context(), step.Commit.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, step.Commit); diff != "" {
			t.Errorf("%s: %s", want.Subject(), diff)
		}
	}
}

func TestFirstParentsStopsEarly(t *testing.T) {
	l := newLab(t)
	var in strings.Builder // far more history than a pipe holds
	for i := range 5000 {
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 2\nx\nM 644 inline f\ndata 4\n%04d\n", i, i)
	}
	l.gitWith([]byte(in.String()), nil, "fast-import", "--quiet")
	n := 0
	for _, err := range l.open().FirstParents(t.Context(), "main") {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d steps", n)
	}
}

func TestFirstParentsAtShallowEdge(t *testing.T) {
	l := branchy(t)
	dir := filepath.Join(t.TempDir(), "shallow")
	l.git("clone", "-q", "--depth=2", "file://"+l.dir, dir)
	want := []string{"rename D:a A:renamed", "empty (cut)"}
	if diff := cmp.Diff(want, told(t, openDir(t, dir), "HEAD")); diff != "" {
		t.Error(diff)
	}
}

func TestFirstParentsOfUnknownRevision(t *testing.T) {
	l := branchy(t)
	for _, from := range []string{"nope", "--all", ""} {
		var last error
		for _, err := range l.open().FirstParents(t.Context(), from) {
			last = err
		}
		if last == nil {
			t.Errorf("%q: no error", from)
		}
	}
}

func TestLog(t *testing.T) {
	l := branchy(t)
	var got []string
	for c, err := range l.open().Log(t.Context(), "refs/heads/main") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.Subject())
	}
	if diff := cmp.Diff([]string{"rename", "empty", "merge", "odd", "root"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDiffPaths(t *testing.T) {
	l := newLab(t)
	from := l.commit("from", "changed", "1", "deleted", "1", "same", "1", "exec", "1", "type", "1")
	l.write("changed", "2")
	l.git("rm", "-q", "deleted", "type")
	l.git("update-index", "--chmod=+x", "exec")
	l.must(symlink(l, "exec", "type"))
	l.write("added", "1")
	l.git("add", "changed", "type", "added")
	l.git("commit", "-qm", "to")
	r := l.open()
	one := l.git("rev-parse", "HEAD:same")

	got, err := r.DiffPaths(t.Context(), from, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	want := []PathChange{
		{"added", Added, Absent, File, "", one},
		{"changed", Modified, File, File, one, l.git("rev-parse", "HEAD:changed")},
		{"deleted", Deleted, File, Absent, one, ""},
		{"exec", Modified, File, Executable, one, one},
		{"type", TypeChanged, File, Symlink, one, l.git("rev-parse", "HEAD:type")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if all, err := r.DiffPaths(t.Context(), "", from); err != nil || len(all) != 5 {
		t.Errorf("against the empty tree: %+v, %v", all, err)
	}
	if _, err := r.DiffPaths(t.Context(), "nope", from); !errors.Is(err, ErrNoRevision) {
		t.Errorf("unknown revision: %v", err)
	}
}

func TestMergeBaseAndIsAncestor(t *testing.T) {
	l := branchy(t)
	r := l.open()
	base, err := r.MergeBase(t.Context(), "main", "side")
	if err != nil || base != l.git("rev-parse", "side") {
		t.Errorf("merge base %q, %v", base, err)
	}
	for _, tt := range []struct {
		a, b string
		want bool
	}{{"side", "main", true}, {"main", "side", false}, {"main", "main", true}} {
		if got, err := r.IsAncestor(t.Context(), tt.a, tt.b); err != nil || got != tt.want {
			t.Errorf("%s before %s: %v, %v", tt.a, tt.b, got, err)
		}
	}
	if _, err := r.IsAncestor(t.Context(), "nope", "main"); err == nil {
		t.Error("an unknown revision is nobody's ancestor")
	}
	l.git("checkout", "-q", "--orphan", "apart")
	l.commit("apart")
	if _, err := r.MergeBase(t.Context(), "main", "apart"); !errors.Is(err, ErrNoMergeBase) {
		t.Errorf("unrelated: %v", err)
	}
}

func FuzzLogParser(f *testing.F) {
	head := "\x01h\x00t\x00p q\x00an\x00ae\x001 +0000\x00cn\x00ce\x002 +0000\x00message\n\x00"
	f.Add([]byte(head + "\n:100644 100644 a b M\x00path\x00" + head))
	f.Add([]byte(head + head))
	f.Add([]byte("\x01h\x00t"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &logParser{out: bufio.NewReader(strings.NewReader(string(data)))}
		for range len(data) + 1 { // each step takes at least a byte
			if _, err := p.next(); err != nil {
				return
			}
		}
		t.Error("the parser doesn't end")
	})
}

func FuzzRawHeader(f *testing.F) {
	f.Add(":100644 120000 abc def T")
	f.Add(":000000 160000 abc def A")
	f.Fuzz(func(t *testing.T, record string) {
		c, err := rawHeader(record)
		if err == nil && (c.OldMode == "" || c.NewMode == "" || (c.OldMode == Absent) != (c.OldHash == "") && c.OldHash == "") {
			t.Errorf("%q became %+v", record, c)
		}
	})
}
