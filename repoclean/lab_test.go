package repoclean

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
)

var update = flag.Bool("update", false, "write the golden files anew")

// history builds a repository through git fast-import.
type history struct {
	*testing.T
	dir    string
	stream strings.Builder
	n      int
}

// newHistory makes an empty bare repository; the machine's configuration of
// git doesn't count.
func newHistory(t *testing.T) *history {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	h := &history{T: t, dir: filepath.Join(t.TempDir(), "repo.git")}
	h.git(nil, "init", "-q", "--bare", "-b", "main", h.dir)
	return h
}

func (h *history) git(stdin []byte, args ...string) string {
	h.Helper()
	cmd := exec.Command("git", args...)
	if _, err := os.Stat(h.dir); err == nil {
		cmd.Dir = h.dir
	}
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit adds a commit to a branch, a day after the one before. A change is
// "mode path" with the content, or "D path" alone.
func (h *history) commit(branch, author, subject string, changes ...change) *history {
	h.n++
	fmt.Fprintf(&h.stream, "commit refs/heads/%s\nmark :%d\nauthor %s <%s@example.com> %d +0000\ncommitter Bot <bot@example.com> %d +0100\ndata %d\n%s\n",
		branch, h.n, author, author, 1700000000+86400*h.n, 1700000000+86400*h.n, len(subject), subject)
	for _, c := range changes {
		h.stream.WriteString(string(c))
	}
	h.stream.WriteString("\n")
	return h
}

// change is one line of a commit in the fast-import stream.
type change string

func put(path, content string) change { return putMode("100644", path, content) }

func putMode(mode, path, content string) change {
	return change(fmt.Sprintf("M %s inline %s\ndata %d\n%s\n", mode, quote(path), len(content), content))
}

func remove(path string) change { return change(fmt.Sprintf("D %s\n", quote(path))) }

func from(mark int) change  { return change(fmt.Sprintf("from :%d\n", mark)) }
func merge(mark int) change { return change(fmt.Sprintf("merge :%d\n", mark)) }

func submodule(path string) change {
	return change(fmt.Sprintf("M 160000 %s %s\n", strings.Repeat("1", 40), quote(path)))
}

// quote writes a path as git does: as a C string of bytes.
func quote(path string) string {
	var b strings.Builder
	for i := range len(path) {
		fmt.Fprintf(&b, "\\%03o", path[i])
	}
	return `"` + b.String() + `"`
}

// pointer is the text of an LFS pointer to a content of some size.
func pointer(id byte, size int64) string {
	return gitrepo.Pointer{OID: strings.Repeat(string(id), 64), Size: size}.String()
}

// noise is content that doesn't compress, the same on every run.
func noise(seed uint32, size int) string {
	out := make([]byte, size)
	for i := range out {
		seed = seed*1664525 + 1013904223
		out[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[seed>>26]
	}
	return string(out)
}

// open imports the stream and opens the repository.
func (h *history) open() *gitrepo.Repo {
	h.Helper()
	h.git([]byte(h.stream.String()), "fast-import", "--quiet", "--force")
	repo, err := gitrepo.Open(context.Background(), h.dir)
	if err != nil {
		h.Fatal(err)
	}
	return repo
}

func patterns(t *testing.T, list ...string) gitrepo.Patterns {
	t.Helper()
	ps, err := gitrepo.NewPatterns(list)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}
