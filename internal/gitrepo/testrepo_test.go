package gitrepo

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lab is a repository that a test works in with the git binary itself.
type lab struct {
	*testing.T
	dir string
}

// newLab makes an empty repository. No configuration of the machine counts.
func newLab(t *testing.T, initArgs ...string) lab {
	t.Helper()
	isolate(t)
	l := lab{t, filepath.Join(t.TempDir(), "work")}
	l.must(os.Mkdir(l.dir, 0o755))
	l.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return l
}

// isolate keeps a test from this machine's git configuration and hides any
// repository around the temporary directory.
func isolate(t *testing.T) {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
}

func (l lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// git runs git with a fixed identity and date, and returns what it printed.
func (l lab) git(args ...string) string {
	l.Helper()
	return l.gitWith(nil, nil, args...)
}

func (l lab) gitWith(stdin []byte, env []string, args ...string) string {
	l.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = l.dir
	cmd.Stdin = bytes.NewReader(stdin)
	cmd.Env = append(cmd.Environ(),
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=1700000000 +0200",
		"GIT_COMMITTER_NAME=Grace", "GIT_COMMITTER_EMAIL=grace@example.com", "GIT_COMMITTER_DATE=1700000100 -0730")
	cmd.Env = append(cmd.Env, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		l.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.TrimSuffix(string(out), "\n")
}

// write puts a file into the work tree.
func (l lab) write(path, text string) {
	l.Helper()
	full := filepath.Join(l.dir, path)
	l.must(os.MkdirAll(filepath.Dir(full), 0o755))
	l.must(os.WriteFile(full, []byte(text), 0o644))
}

// commit writes files, path and text in turn, and commits everything.
func (l lab) commit(message string, pathsAndTexts ...string) string {
	l.Helper()
	for i := 0; i < len(pathsAndTexts); i += 2 {
		l.write(pathsAndTexts[i], pathsAndTexts[i+1])
	}
	l.git("add", "-A")
	l.git("commit", "-q", "--allow-empty", "-m", message)
	return l.git("rev-parse", "HEAD")
}

// open opens the lab's repository.
func (l lab) open() *Repo {
	l.Helper()
	return openDir(l.T, l.dir)
}

func openDir(t *testing.T, dir string) *Repo {
	t.Helper()
	r, err := Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// elsewhere is the lab with another directory.
func (l lab) elsewhere(dir string) lab { return lab{l.T, dir} }

func symlink(l lab, target, path string) error { return os.Symlink(target, filepath.Join(l.dir, path)) }

// chmodAll makes the files of a directory executable.
func chmodAll(dir string) error {
	files, err := os.ReadDir(dir)
	for _, f := range files {
		if err == nil {
			err = os.Chmod(filepath.Join(dir, f.Name()), 0o755)
		}
	}
	return err
}
