package gitrepo

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Object is one object of a repository's store.
type Object struct {
	// Hash is the object's name, Type one of commit, tree, blob and tag.
	Hash, Type string
	// Size is the content's in bytes, Packed what it takes on disk, as a
	// difference to another object perhaps; a repack changes that.
	Size, Packed int64
}

// Objects streams everything in the store in no order: what no ref leads to
// and what is borrowed from other repositories too. Each object comes once.
func (r *Repo) Objects(ctx context.Context) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		inv := r.invocation("cat-file", "--batch-all-objects", "--unordered", "--buffer",
			"--batch-check=%(objectname) %(objecttype) %(objectsize) %(objectsize:disk)")
		err := scan(ctx, inv, '\n', func(line string) error {
			o, err := parseObject(line)
			if err == nil && !yield(o, nil) {
				return errStop
			}
			return err
		})
		if err != nil {
			yield(Object{}, fmt.Errorf("listing objects: %w", err))
		}
	}
}

func parseObject(line string) (Object, error) {
	f := strings.Split(line, " ")
	if len(f) != 4 {
		return Object{}, fmt.Errorf("git answered %q", line)
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	if err != nil {
		return Object{}, fmt.Errorf("git answered %q", line)
	}
	packed, err := strconv.ParseInt(f[3], 10, 64)
	return Object{Hash: f[0], Type: f[1], Size: size, Packed: packed}, err
}

// LFSPath is where Git LFS keeps the content of an object on this machine,
// whether it is there or not.
type LFSPath func(oid string) string

// LFSStore finds the directory that Git LFS keeps contents in. Of a snapshot,
// that of what its files have anew comes before the repository's own.
func (r *Repo) LFSStore(ctx context.Context) (LFSPath, error) {
	dir, err := r.line(ctx, "config", "--type=path", "--get", "lfs.storage")
	switch {
	case exitCode(err) == 1:
		dir = "lfs"
	case err != nil:
		return nil, fmt.Errorf("reading lfs.storage: %w", err)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.common, dir)
	}
	if r.alternates == "" {
		return lfsPath(dir), nil
	}
	own, older := lfsPath(r.snapshotLFS()), lfsPath(dir)
	return func(oid string) string {
		if path := own(oid); isRegular(path) {
			return path
		}
		return older(oid)
	}, nil
}

// lfsPath is how Git LFS names what it keeps in a directory.
func lfsPath(dir string) LFSPath {
	return func(oid string) string {
		return filepath.Join(dir, "objects", oid[:2], oid[2:4], oid)
	}
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// snapshotLFS is where git-lfs puts what it takes out of the files of a
// snapshot.
func (r *Repo) snapshotLFS() string { return filepath.Join(filepath.Dir(r.objects), "lfs") }
