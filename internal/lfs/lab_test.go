package lfs

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
)

// newRepo makes a repository with settings, keys and values in turn. No
// configuration of the machine counts.
func newRepo(t *testing.T, settings ...string) *gitrepo.Repo {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_SSL_CAINFO", "")
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	for i := 0; i < len(settings); i += 2 {
		git(t, dir, "config", "--add", settings[i], settings[i+1])
	}
	return openRepo(t, dir)
}

func openRepo(t *testing.T, dir string) *gitrepo.Repo {
	t.Helper()
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Grace", "GIT_COMMITTER_EMAIL=grace@example.com", "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// hasty is patience for tests.
func hasty() patience {
	p := defaultPatience()
	p.first, p.longest, p.silence = time.Millisecond, 10*time.Millisecond, 10*time.Second
	return p
}

// fetchFrom fetches from a server into a store.
func fetchFrom(t *testing.T, s *server, store *Store, objects []Object) error {
	t.Helper()
	return store.fetch(t.Context(), Source{Repo: newRepo(t, "lfs.url", s.URL+"/lfs")}, objects, nil, hasty())
}

// holdsExactly fails unless the store holds these contents and no other file.
func holdsExactly(t *testing.T, store *Store, contents ...[]byte) {
	t.Helper()
	want := map[string]bool{}
	for _, content := range contents {
		o := objectOf(content)
		want[store.path(o.OID)] = true
		rc, size, err := store.Open(o.OID)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := io.ReadAll(rc)
		rc.Close()
		if err != nil || size != o.Size || !bytes.Equal(got, content) {
			t.Errorf("object %s: %d bytes of %d, %v", short(o.OID), len(got), size, err)
		}
	}
	err := filepath.WalkDir(store.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !want[path] {
			t.Errorf("the store holds %s", path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
}

// leave puts a part of a content where a killed process would have left it.
func leave(t *testing.T, store *Store, oid string, part []byte) {
	t.Helper()
	write(t, store.partialPath(oid), part)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// says fails unless the error holds all words, and no secret.
func says(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q lacks %q", err, word)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error holds a secret: %v", err)
	}
}

// short of time: a context that ends soon.
func soon(t *testing.T, after time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	t.Cleanup(cancel)
	return ctx
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
