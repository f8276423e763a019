package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// SnapshotOptions says what of a work tree a snapshot holds.
type SnapshotOptions struct {
	// Untracked takes files in that git neither tracks nor ignores.
	Untracked bool
}

// Snapshot makes a commit of the work tree as it is, changes to tracked files
// included. Its objects go to a temporary directory, which the returned Repo
// reads beside the repository's own and Close removes; index, refs and the
// repository are untouched. The same files on the same HEAD always give the
// same hash. Where nothing differs from HEAD, the commit is HEAD's own;
// Commit.Snapshot tells. Files outside a sparse checkout are as in HEAD. On a
// branch without a commit the snapshot has no parent.
func (r *Repo) Snapshot(ctx context.Context, opts SnapshotOptions) (*Repo, Commit, error) {
	if r.Bare() {
		return nil, Commit{}, ErrNoWorkTree
	}
	sweepSnapshots(os.TempDir(), time.Now())
	dir, err := os.MkdirTemp("", snapshotPrefix)
	if err != nil {
		return nil, Commit{}, fmt.Errorf("taking a snapshot of %q: %w", r.root, err)
	}
	held, err := holdDir(dir)
	if err != nil {
		return nil, Commit{}, fmt.Errorf("taking a snapshot of %q: %w", r.root, errors.Join(err, os.RemoveAll(dir)))
	}
	s := r.beside(dir)
	s.close = sync.OnceValue(func() error { return errors.Join(os.RemoveAll(dir), held.Close()) })
	c, err := s.commitWorkTree(ctx, opts, dir)
	if err != nil {
		return nil, Commit{}, fmt.Errorf("taking a snapshot of %q: %w", r.root, errors.Join(err, s.Close()))
	}
	return s, c, nil
}

// beside is the repository with new objects going to dir.
func (r *Repo) beside(dir string) *Repo {
	s := *r
	s.alternates = strings.TrimSuffix(quoteAlternate(r.objects)+":"+r.alternates, ":")
	s.objects = filepath.Join(dir, "objects")
	s.env = []string{
		"GIT_OBJECT_DIRECTORY=" + s.objects,
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + s.alternates,
	}
	return &s
}

// quoteAlternate protects the separator of a list of object directories.
func quoteAlternate(dir string) string {
	if !strings.ContainsAny(dir, `:"\`) && !strings.HasPrefix(dir, `"`) {
		return dir
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(dir) + `"`
}

// commitWorkTree fills an index of its own from the work tree and commits it.
func (r *Repo) commitWorkTree(ctx context.Context, opts SnapshotOptions, dir string) (Commit, error) {
	if err := os.Mkdir(r.objects, 0o700); err != nil {
		return Commit{}, err
	}
	index := filepath.Join(dir, "index")
	if err := copyIndex(r.index, index); err != nil {
		return Commit{}, err
	}
	tree, err := r.treeOfWorkTree(ctx, opts, index)
	if err != nil {
		return Commit{}, err
	}
	head, err := r.Resolve(ctx, "HEAD")
	if errors.Is(err, ErrEmpty) {
		return r.commitSnapshot(ctx, tree, nil, time.Unix(firstDate, 0).UTC())
	}
	if err != nil || head.Tree == tree {
		return head, err
	}
	return r.commitSnapshot(ctx, tree, []string{head.Hash}, head.Committer.When)
}

// firstDate is the date of a snapshot without a parent: 1980-01-02, a day that
// every archive format can write.
const firstDate = 315619200

func (r *Repo) commitSnapshot(ctx context.Context, tree string, parents []string, when time.Time) (Commit, error) {
	who := Signature{Name: "Gantline", Email: "snapshot@gantline.dev", When: when}
	c := Commit{Tree: tree, Parents: parents, Author: who, Committer: who, Message: "Uncommitted work\n", Snapshot: true}
	var err error
	c.Hash, err = r.writeObject(ctx, "commit", c.encode())
	return c, err
}

// copyIndex copies the repository's index, whose record of sizes and times
// spares reading unchanged files. The copy keeps its date: git takes a file
// changed after that for possibly changed.
func copyIndex(from, to string) error {
	src, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if err := errors.Join(err, dst.Close()); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// treeOfWorkTree updates the index and writes its tree.
func (r *Repo) treeOfWorkTree(ctx context.Context, opts SnapshotOptions, index string) (string, error) {
	run := func(in []byte, args ...string) ([]byte, error) {
		// A filter such as git-lfs stores what it takes out of a file; that
		// goes to the temporary directory as well.
		inv := r.invocation(append([]string{"-c", "lfs.storage=" + r.snapshotLFS()}, args...)...)
		inv.env = append(inv.env, "GIT_INDEX_FILE="+index, "GIT_LITERAL_PATHSPECS=1")
		inv.in = bytes.NewReader(in)
		return output(ctx, inv)
	}
	if _, err := run(nil, "add", "--update", "--sparse", "--", "."); err != nil {
		return "", err
	}
	if opts.Untracked {
		found, err := run(nil, "ls-files", "-z", "--others", "--exclude-standard")
		if err != nil {
			return "", err
		}
		if found = withoutRepositories(found); len(found) > 0 {
			if _, err := run(found, "add", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"); err != nil {
				return "", err
			}
		}
	}
	tree, err := run(nil, "write-tree")
	return strings.TrimSuffix(string(tree), "\n"), err
}

// withoutRepositories drops what ls-files shows with a slash at its end: other
// repositories that lie untracked in the work tree.
func withoutRepositories(list []byte) []byte {
	var kept []byte
	for name := range bytes.SplitSeq(bytes.TrimSuffix(list, []byte{0}), []byte{0}) {
		if len(name) > 0 && !bytes.HasSuffix(name, []byte("/")) {
			kept = append(append(kept, name...), 0)
		}
	}
	return kept
}
