package gitrepo

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var deployer = Signature{Name: "Gantline <x>", Email: "deploy@example.com", When: time.Unix(1700000000, 0).UTC()}

func TestWriteCommitWithoutTouchingWorkTreeOrIndex(t *testing.T) {
	l := newLab(t)
	head := l.commit("first", "f", "1")
	l.write("f", "edited")
	r := l.open()
	before := l.git("status", "--porcelain=v2") + l.git("ls-files", "-s")

	blob, err := r.WriteBlob(t.Context(), []byte("content\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	many, err := r.WriteBlobs(t.Context(), [][]byte{[]byte("one"), nil, []byte("content\r\n")})
	if err != nil || many[2] != blob {
		t.Fatalf("%v, %v", many, err)
	}
	tree, err := r.WriteTree(t.Context(), map[string]TreeFile{
		"flows/a.yaml": {File, blob}, "flows/b/c.yaml": {Executable, many[0]}, "flows-x": {File, many[1]}, "new\nline": {Symlink, many[0]}})
	if err != nil {
		t.Fatal(err)
	}
	commit, err := r.CommitTree(t.Context(), tree, nil, "Deploy\n\nSource: "+head, deployer)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.UpdateRef(t.Context(), "refs/heads/rendered", commit, ""); err != nil {
		t.Fatal(err)
	}

	want := map[string]string{"flows/a.yaml": "content\r\n", "flows/b/c.yaml": "one", "flows-x": "", "new\nline": "one"}
	if diff := cmp.Diff(want, texts(t, r, "refs/heads/rendered")); diff != "" {
		t.Error(diff)
	}
	if got := l.git("log", "-1", "--format=%an %ae %at %B", "rendered"); got != "Gantline x deploy@example.com 1700000000 Deploy\n\nSource: "+head+"\n" {
		t.Errorf("%q", got)
	}
	l.git("fsck", "--strict")
	if after := l.git("status", "--porcelain=v2") + l.git("ls-files", "-s"); after != before {
		t.Errorf("index or work tree changed:\n%s\n%s", before, after)
	}
}

func TestWriteTreeRefuses(t *testing.T) {
	l := newLab(t)
	blob := l.gitWith([]byte("x"), nil, "hash-object", "-w", "--stdin")
	for _, paths := range [][]string{{"../x"}, {".git/config"}, {"/x"}, {"a//b"}, {"a", "a/b"}, {""}} {
		files := map[string]TreeFile{}
		for _, p := range paths {
			files[p] = TreeFile{File, blob}
		}
		if _, err := l.open().WriteTree(t.Context(), files); err == nil {
			t.Errorf("%q was written", paths)
		}
	}
	if _, err := l.open().WriteTree(t.Context(), map[string]TreeFile{"a": {File, strings.Repeat("1", 40)}}); err == nil {
		t.Error("a tree of a blob that isn't there was written")
	}
}

func TestUpdateRefComparesFirst(t *testing.T) {
	l := newLab(t)
	one, two := l.commit("one"), l.commit("two")
	r := l.open()
	const ref = "refs/heads/x"
	steps := []struct {
		name          string
		to, from, end string
		want          error
	}{
		{"create", one, "", one, nil},
		{"create again", two, "", one, ErrRefMoved},
		{"from elsewhere", two, two, one, ErrRefMoved},
		{"move", two, one, two, nil},
		{"delete from elsewhere", "", one, two, ErrRefMoved},
		{"delete", "", two, "", nil},
	}
	for _, s := range steps {
		if err := r.UpdateRef(t.Context(), ref, s.to, s.from); !errors.Is(err, s.want) || (err != nil) != (s.want != nil) {
			t.Errorf("%s: %v, want %v", s.name, err, s.want)
		}
		if at, err := r.ReadRef(t.Context(), ref); err != nil || at != s.end {
			t.Errorf("%s: the ref stands at %q, %v", s.name, at, err)
		}
	}
	for _, bad := range []string{"HEAD", "main", "-d", "refs/heads/a..b", "refs/heads/a b"} {
		if err := r.UpdateRef(t.Context(), bad, one, ""); err == nil || errors.Is(err, ErrRefMoved) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestHooksDoNotRun(t *testing.T) {
	l := newLab(t)
	one := l.commit("one")
	l.write(".git/hooks/reference-transaction", "#!/bin/sh\nexit 1\n")
	l.write(".git/hooks/pre-push", "#!/bin/sh\nexit 1\n")
	l.must(chmodAll(filepath.Join(l.dir, ".git/hooks")))
	r := l.open()
	if err := r.UpdateRef(t.Context(), "refs/heads/x", one, ""); err != nil {
		t.Error(err)
	}
	remote := bareRemote(l)
	if err := r.Push(t.Context(), remote, "refs/heads/x", one, ""); err != nil {
		t.Error(err)
	}
}

// bareRemote is an empty repository to push to.
func bareRemote(l lab) string {
	l.Helper()
	dir := filepath.Join(l.TempDir(), "remote.git")
	l.git("init", "-q", "--bare", dir)
	return dir
}

func TestPushWithLease(t *testing.T) {
	l := newLab(t)
	one, two := l.commit("one"), l.commit("two")
	remote := bareRemote(l)
	l.git("remote", "add", "origin", remote)
	r := l.open()
	const ref = "refs/heads/rendered"
	steps := []struct {
		name          string
		to, from, end string
		want          error
	}{
		{"create", one, "", one, nil},
		{"create again", two, "", one, ErrLeaseRejected},
		{"from elsewhere", two, two, one, ErrLeaseRejected},
		{"move", two, one, two, nil},
		{"back", one, two, one, nil},
		{"again", one, one, one, nil},
		{"delete", "", one, "", nil},
	}
	for _, s := range steps {
		if err := r.Push(t.Context(), "origin", ref, s.to, s.from); !errors.Is(err, s.want) || (err != nil) != (s.want != nil) {
			t.Errorf("%s: %v, want %v", s.name, err, s.want)
		}
		if at, err := r.RemoteRef(t.Context(), "origin", ref); err != nil || at != s.end {
			t.Errorf("%s: the ref stands at %q, %v", s.name, at, err)
		}
	}
}

func TestPushRefusedByTheRemote(t *testing.T) {
	l := newLab(t)
	one := l.commit("one")
	remote := bareRemote(l)
	at := l.elsewhere(remote)
	at.write("hooks/pre-receive", "#!/bin/sh\necho protected >&2\nexit 1\n")
	l.must(chmodAll(filepath.Join(remote, "hooks")))
	err := l.open().Push(t.Context(), remote, "refs/heads/x", one, "")
	var refused *PushError
	if !errors.As(err, &refused) || !strings.Contains(refused.Reason, "pre-receive hook declined") {
		t.Errorf("got %v", err)
	}
}

func TestTransportErrorsHideCredentials(t *testing.T) {
	l := newLab(t)
	one := l.commit("one")
	r := l.open()
	url := "http://user:s3cret@127.0.0.1:1/x.git?token=s3cret"
	calls := map[string]func() error{
		"push":   func() error { return r.Push(t.Context(), url, "refs/heads/x", one, "") },
		"remote": func() error { _, err := r.RemoteRef(t.Context(), url, "refs/heads/x"); return err },
		"fetch":  func() error { _, err := r.FetchRef(t.Context(), url, "refs/heads/x"); return err },
	}
	for name, call := range calls {
		err := call()
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "s3cret") || !strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFetchRef(t *testing.T) {
	far := newLab(t)
	first := far.commit("first", "f", "1")
	l := newLab(t)
	l.git("remote", "add", "origin", far.dir)
	l.git("fetch", "-q", "origin")
	second := far.commit("second", "f", "2")
	r := l.open()
	before := l.git("for-each-ref")
	hash, err := r.FetchRef(t.Context(), "origin", "refs/heads/main")
	if err != nil || hash != second {
		t.Fatalf("%q, %v", hash, err)
	}
	if yes, err := r.IsAncestor(t.Context(), first, second); err != nil || !yes {
		t.Errorf("history: %v, %v", yes, err)
	}
	if after := l.git("for-each-ref"); after != before {
		t.Errorf("refs moved:\n%s\n%s", before, after)
	}
	if hash, err := r.FetchRef(t.Context(), "origin", "refs/heads/none"); err != nil || hash != "" {
		t.Errorf("no such ref: %q, %v", hash, err)
	}
}

func TestRemoteFacts(t *testing.T) {
	far := newLab(t)
	far.commit("first")
	base := t.TempDir()
	far.git("clone", "-q", far.dir, filepath.Join(base, "clone"))
	l := far.elsewhere(filepath.Join(base, "clone"))
	r := l.open()
	if name, err := r.DefaultBranch(t.Context(), "origin"); err != nil || name != "main" {
		t.Errorf("default branch %q, %v", name, err)
	}
	if name, err := r.DefaultBranch(t.Context(), "upstream"); err != nil || name != "" {
		t.Errorf("default branch of no remote %q, %v", name, err)
	}
	if name, err := r.CurrentBranch(t.Context()); err != nil || name != "main" {
		t.Errorf("branch %q, %v", name, err)
	}
	l.git("checkout", "-q", "--detach")
	if name, err := r.CurrentBranch(t.Context()); err != nil || name != "" {
		t.Errorf("detached: branch %q, %v", name, err)
	}
	for raw, want := range map[string]string{
		"https://user:tok@host.example/a/b.git": "https://host.example/a/b.git",
		"https://tok@host.example/a":            "https://host.example/a",
		"https://host.example/a?token=x#y":      "https://host.example/a",
		"https://user:to/k@host.example/a":      "https://host.example/a",
		"https://user:%zz@host.example/a?t=x":   "https://host.example/a?***",
		"ssh://git@host.example/a":              "ssh://git@host.example/a",
		"ssh://git:pw@host.example/a":           "ssh://host.example/a",
		"git@host.example:a/b.git":              "git@host.example:a/b.git",
		"/srv/git/a":                            "/srv/git/a",
	} {
		l.git("remote", "set-url", "origin", raw)
		if got, err := r.RemoteURL(t.Context(), "origin"); err != nil || got != want {
			t.Errorf("%q became %q, %v", raw, got, err)
		}
	}
	if got, err := r.RemoteURL(t.Context(), "upstream"); err != nil || got != "" {
		t.Errorf("no remote: %q, %v", got, err)
	}
}

func TestPartialCloneFetchesOnlyWhenAsked(t *testing.T) {
	far := newLab(t)
	far.git("config", "uploadpack.allowFilter", "true")
	far.git("config", "uploadpack.allowAnySHA1InWant", "true")
	far.commit("first", "old", "1", "f", "1")
	far.commit("second", "f", "22", "g", "333")
	dir := filepath.Join(t.TempDir(), "partial")
	far.git("clone", "-q", "--bare", "--filter=blob:none", "file://"+far.dir, dir)
	r := openDir(t, dir)
	if !r.Partial() {
		t.Fatal("not seen as a partial clone")
	}
	entries, err := r.Tree(t.Context(), "HEAD")
	if err != nil || len(entries) != 3 {
		t.Fatalf("%+v, %v", entries, err)
	}
	var hashes []string
	for _, e := range entries {
		if e.Size != UnknownSize {
			t.Errorf("%s: size %d of a blob that isn't here", e.Path, e.Size)
		}
		hashes = append(hashes, e.Hash)
	}
	b, err := r.Blobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var missing *MissingError
	if _, err := b.Read(hashes[0]); !errors.As(err, &missing) || !missing.Partial {
		t.Errorf("reading without asking: %v", err)
	}
	got, err := r.ReadBlobs(t.Context(), hashes)
	if err != nil || string(got[0]) != "22" {
		t.Errorf("%q, %v", got, err)
	}
	entries, err = r.Tree(t.Context(), "HEAD")
	if err != nil || entries[1].Size != 3 {
		t.Errorf("after fetching: %+v, %v", entries, err)
	}
}
