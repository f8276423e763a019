package gitrepo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Repo is a git repository, open for reading and for writing objects and refs.
// It holds paths and what was read last, no handles, and may be used by several
// goroutines at once.
type Repo struct {
	root       string // work tree, "" where there is none
	gitDir     string
	common     string // what linked worktrees share; mostly gitDir
	objects    string // the object directory
	alternates string // of a snapshot: where older objects are, as a list
	index      string
	sha256     bool
	shallow    []string // the commits at whose parents history is cut off
	partial    string   // the remote that lends a partial clone its objects
	env        []string // what a snapshot adds to every process
	close      func() error
	trees      *treeCache // shared with the repository's snapshots
	lent       *lentStore // of a shallow clone with its history: where that is
}

// Open finds the repository that holds dir: a work tree, linked or not, a
// directory inside one, or a bare repository.
func Open(ctx context.Context, dir string) (*Repo, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("opening repository %q: no such directory", dir)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", dir, err)
	}
	r := &Repo{gitDir: dir, trees: &treeCache{}}
	if err := r.locate(ctx, dir); err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", dir, err)
	}
	if err := r.readConfig(ctx); err != nil {
		return nil, fmt.Errorf("opening repository %q: %w", dir, err)
	}
	return r, nil
}

// locate asks git where everything is.
func (r *Repo) locate(ctx context.Context, dir string) error {
	const facts = 8
	out, err := output(ctx, invocation{dir: dir, args: []string{
		"rev-parse", "--path-format=absolute", "--is-inside-work-tree", "--is-inside-git-dir",
		"--show-object-format", "--git-dir", "--git-path", "objects", "--git-path", "index", "--git-path", "shallow",
		"--git-common-dir"}})
	if err != nil {
		return notOpened(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != facts {
		return fmt.Errorf("git answered %d lines instead of %d; is git older than 2.39, or a newline in the path?", len(lines), facts)
	}
	r.sha256 = lines[2] == "sha256"
	r.gitDir, r.objects, r.index = lines[3], lines[4], lines[5]
	r.common = lines[7]
	if r.shallow, err = readLines(lines[6]); err != nil {
		return err
	}
	if lines[0] != "true" || lines[1] == "true" {
		return nil
	}
	top, err := output(ctx, invocation{dir: dir, args: []string{"rev-parse", "--show-toplevel"}})
	r.root = strings.TrimSuffix(string(top), "\n")
	return err
}

// notOpened gives git's refusal a name.
func notOpened(err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "dubious ownership"), strings.Contains(text, "unsafe repository"):
		return fmt.Errorf("%w; if you trust it: git config --global --add safe.directory <its path>: %w", ErrUnsafeOwner, err)
	case strings.Contains(text, "not a git repository"):
		return ErrNotRepository
	}
	return err
}

// readLines is the lines of a file, none where there is no file.
func readLines(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	return strings.Fields(string(data)), err
}

// readConfig finds out whether this is a partial clone.
func (r *Repo) readConfig(ctx context.Context) error {
	out, err := r.git(ctx, "config", "-z", "--get-regexp", `^(extensions\.partialclone|remote\..*\.promisor)$`)
	if err != nil {
		if exitCode(err) == 1 { // nothing of the kind is set
			return nil
		}
		return err
	}
	for entry := range strings.SplitSeq(string(out), "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		if key == "extensions.partialclone" {
			r.partial = value
		} else if name, ok := strings.CutPrefix(key, "remote."); ok && r.partial == "" && value == "true" {
			r.partial = strings.TrimSuffix(name, ".promisor")
		}
	}
	return nil
}

// Root is the directory of the work tree, "" in a bare repository.
func (r *Repo) Root() string { return r.root }

// GitDir is the repository's own directory; of a linked worktree, that
// worktree's part of it.
func (r *Repo) GitDir() string { return r.gitDir }

// Bare says that there is no work tree.
func (r *Repo) Bare() bool { return r.root == "" }

// Shallow says that history is cut off at some commits.
func (r *Repo) Shallow() bool { return len(r.shallow) > 0 }

// Partial says that objects may be missing here and are lent by a remote.
func (r *Repo) Partial() bool { return r.partial != "" }

// Close removes what a snapshot wrote. It does nothing for a repository that
// was opened, and may be called again.
func (r *Repo) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

// hashBytes is the length of a raw object name.
func (r *Repo) hashBytes() int {
	if r.sha256 {
		return 32
	}
	return 20
}

// zeroHash is how git writes "no object".
func (r *Repo) zeroHash() string { return strings.Repeat("0", 2*r.hashBytes()) }

// invocation is a git process in this repository. Naming the directories keeps
// git from searching for them again each time.
func (r *Repo) invocation(args ...string) invocation {
	inv := invocation{dir: r.gitDir, args: args, env: []string{"GIT_DIR=" + r.gitDir}}
	if r.root != "" {
		inv.dir = r.root
		inv.env = append(inv.env, "GIT_WORK_TREE="+r.root)
	}
	inv.env = slices.Concat(inv.env, r.env)
	return inv
}

// git runs one process in this repository and returns what it printed.
func (r *Repo) git(ctx context.Context, args ...string) ([]byte, error) {
	return output(ctx, r.invocation(args...))
}

// line is what git printed, without the newline at its end.
func (r *Repo) line(ctx context.Context, args ...string) (string, error) {
	out, err := r.git(ctx, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}
