// Package repotest makes git repositories for tests: histories written down
// commit by commit and imported in one go, the same on every run.
//
//	repo := repotest.New(t).
//		Commit("main", "Ada", "code", repotest.Put("train.py", "v1")).
//		Commit("main", "Bob", "away", repotest.Remove("train.py")).
//		Open()
package repotest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
)

// History builds a repository through git fast-import.
type History struct {
	*testing.T
	// Dir is the repository, a bare one.
	Dir    string
	stream strings.Builder
	n      int
}

// New makes an empty bare repository. The machine's configuration of git doesn't
// count.
func New(t *testing.T) *History {
	t.Helper()
	return NewFormat(t, "sha1")
}

// NewFormat is New with a format of object names: sha1 or sha256.
func NewFormat(t *testing.T, format string) *History {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	h := &History{T: t, Dir: filepath.Join(t.TempDir(), "repo.git")}
	h.Git(nil, "init", "-q", "--bare", "-b", "main", "--object-format="+format, h.Dir)
	return h
}

// Git runs git in the repository and gives what it printed, trimmed.
func (h *History) Git(stdin []byte, args ...string) string {
	h.Helper()
	cmd := exec.Command("git", args...)
	if _, err := os.Stat(h.Dir); err == nil {
		cmd.Dir = h.Dir
	}
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// Commit adds a commit to a branch, a day after the one before. Commits are
// numbered from 1; From and Merge come before other changes.
func (h *History) Commit(branch, author, subject string, changes ...Change) *History {
	h.n++
	fmt.Fprintf(&h.stream, "commit refs/heads/%s\nmark :%d\nauthor %s <%s@example.com> %d +0000\ncommitter Bot <bot@example.com> %d +0100\ndata %d\n%s\n",
		branch, h.n, author, author, 1700000000+86400*h.n, 1700000000+86400*h.n, len(subject), subject)
	for _, c := range changes {
		h.stream.WriteString(string(c))
	}
	h.stream.WriteString("\n")
	return h
}

// Change is one line of a commit in the fast-import stream.
type Change string

// Put writes a file.
func Put(path, content string) Change { return PutMode("100644", path, content) }

// PutMode writes a blob with a mode of git's.
func PutMode(mode, path, content string) Change {
	return Change(fmt.Sprintf("M %s inline %s\ndata %d\n%s\n", mode, quote(path), len(content), content))
}

// Copy copies a file or directory as it is so far, by its name. There must be
// one.
func Copy(from, to string) Change { return Change(fmt.Sprintf("C %s %s\n", quote(from), quote(to))) }

// Remove takes a file or directory out.
func Remove(path string) Change { return Change(fmt.Sprintf("D %s\n", quote(path))) }

// From makes a commit the child of another, by its number.
func From(mark int) Change { return Change(fmt.Sprintf("from :%d\n", mark)) }

// Merge adds a parent, by its number.
func Merge(mark int) Change { return Change(fmt.Sprintf("merge :%d\n", mark)) }

// Submodule puts a submodule at a path.
func Submodule(path string) Change {
	return Change(fmt.Sprintf("M 160000 %s %s\n", strings.Repeat("1", 40), quote(path)))
}

// quote writes a path as git does: as a C string of bytes.
func quote(path string) string {
	var b strings.Builder
	for i := range len(path) {
		fmt.Fprintf(&b, "\\%03o", path[i])
	}
	return `"` + b.String() + `"`
}

// Pointer is the text of an LFS pointer to a content of some size.
func Pointer(id byte, size int64) string {
	return gitrepo.Pointer{OID: strings.Repeat(string(id), 64), Size: size}.String()
}

// Noise is content that doesn't compress, the same on every run.
func Noise(seed uint32, size int) string {
	out := make([]byte, size)
	for i := range out {
		seed = seed*1664525 + 1013904223
		out[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[seed>>26]
	}
	return string(out)
}

// Open imports the stream and opens the repository.
func (h *History) Open() *gitrepo.Repo {
	h.Helper()
	h.Git([]byte(h.stream.String()), "fast-import", "--quiet", "--force")
	repo, err := gitrepo.Open(context.Background(), h.Dir)
	if err != nil {
		h.Fatal(err)
	}
	return repo
}
