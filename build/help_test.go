package build

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"gantline.dev/gantline/internal/registry"
)

// newRegistry is a real registry on loopback. It gives the host.
func newRegistry(t testing.TB) string {
	t.Helper()
	return newRegistryIn(t, t.TempDir())
}

// newRegistryIn is a registry with its content in the directory.
func newRegistryIn(t testing.TB, dir string) string {
	t.Helper()
	app, err := registry.NewApp(context.Background(), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(app)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(func() {
		server.Close()
		app.Close()
	})
	return strings.TrimPrefix(server.URL, "http://")
}

// quick is a Remote whose retries don't wait.
func quick(t testing.TB, base http.RoundTripper, cache Cache) *Remote {
	t.Helper()
	reg, err := registry.New(registry.RemoteOptions{
		Keychain: authn.NewMultiKeychain(), Base: base, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reg.Close)
	return NewRemote(reg, cache)
}

// gitRepo is a real git repository.
type gitRepo struct {
	t   testing.TB
	dir string
}

func newGitRepo(t testing.TB) gitRepo {
	t.Helper()
	r := gitRepo{t, t.TempDir()}
	r.git(nil, "init", "-q", "-b", "main")
	return r
}

func (r gitRepo) git(stdin io.Reader, args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Stdin = r.dir, stdin
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_AUTHOR_DATE=1700000000 +0000",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com", "GIT_COMMITTER_DATE=1700000000 +0000")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, errs.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

// write puts a file into the work tree.
func (r gitRepo) write(path, content string) {
	r.t.Helper()
	full := filepath.Join(r.dir, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// commit commits the work tree and gives the hash.
func (r gitRepo) commit(message string) string {
	r.t.Helper()
	r.git(nil, "add", "-A")
	r.git(nil, "commit", "-q", "--allow-empty", "-m", message)
	return r.git(nil, "rev-parse", "HEAD")
}

// files are the files of a commit.
func (r gitRepo) files(commit string) []File {
	r.t.Helper()
	var files []File
	for line := range strings.SplitSeq(r.git(nil, "ls-tree", "-r", "-l", "-z", commit), "\x00") {
		if line == "" {
			continue
		}
		head, path, _ := strings.Cut(line, "\t")
		fields := strings.Fields(head)
		size, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			size = -1
		}
		files = append(files, File{Path: path, Mode: Mode(fields[0]), Hash: fields[2], Size: size})
	}
	return files
}

// Open implements Blobs with a git process a blob.
func (r gitRepo) Open(hash string) (io.ReadCloser, int64, error) {
	cmd := exec.Command("git", "cat-file", "blob", hash)
	cmd.Dir = r.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, 0, fmt.Errorf("blob %s: %w", hash, err)
	}
	return io.NopCloser(bytes.NewReader(out)), int64(len(out)), nil
}

// spec is an image of the commit, on scratch.
func (r gitRepo) spec(host, commit string) Spec {
	user, err := ParseUser("")
	if err != nil {
		r.t.Fatal(err)
	}
	return Spec{
		Project: "agent", Name: "train", Repository: host + "/agent/train",
		Commit: commit, Origin: Origin{Commit: commit, Time: time.Unix(1700000000, 0)},
		Files: r.files(commit), To: "/workspace", User: user,
		Step: BinaryBytes([]byte("#!/bin/sh\n# stands for gantline-step\n")),
	}
}

// memBlobs are blobs by hash, in memory.
type memBlobs map[string][]byte

// Open implements Blobs.
func (m memBlobs) Open(hash string) (io.ReadCloser, int64, error) {
	content, ok := m[hash]
	if !ok {
		return nil, 0, fmt.Errorf("no blob %s", hash)
	}
	return io.NopCloser(bytes.NewReader(content)), int64(len(content)), nil
}
