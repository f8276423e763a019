package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Keep makes a snapshot last: its objects go into the repository, then the ref
// is put on its commit. The ref is new, or stands there already; index, HEAD
// and work tree are untouched. It is called on the Repo that Snapshot gave.
func (r *Repo) Keep(ctx context.Context, commit Commit, ref string) error {
	if err := r.keepObjects(ctx, commit); err != nil {
		return fmt.Errorf("keeping snapshot %s in the repository: %w", commit.Short(), err)
	}
	err := r.UpdateRef(ctx, ref, commit.Hash, "")
	if errors.Is(err, ErrRefMoved) {
		if now, readErr := r.ReadRef(ctx, ref); readErr == nil && now == commit.Hash {
			return nil
		}
	}
	return err
}

// keepObjects hands what the commit has and its parents have not from the
// snapshot's object directory to the repository's own.
func (r *Repo) keepObjects(ctx context.Context, commit Commit) error {
	wanted := commit.Hash + "\n"
	for _, parent := range commit.Parents {
		wanted += "^" + parent + "\n"
	}
	inv := r.invocation("pack-objects", "--revs", "--stdout", "-q")
	inv.in = strings.NewReader(wanted)
	pack, err := output(ctx, inv)
	if err != nil {
		return err
	}
	own := *r
	own.env = nil // the repository without the snapshot's directory
	inv = own.invocation("unpack-objects", "-q")
	inv.in = bytes.NewReader(pack)
	_, err = output(ctx, inv)
	return err
}

// FileStat is what a change does to one file.
type FileStat struct {
	Path   string
	Status Status
	// Added and Deleted are lines; both are -1 for a file that is not text.
	Added, Deleted int
	// Bytes is the size of the new content; 0 for a file that went.
	Bytes int64
}

// DiffStat is every file that differs between two commits or trees, in git's
// order. The empty name stands for the empty tree.
func (r *Repo) DiffStat(ctx context.Context, from, to string) ([]FileStat, error) {
	changes, err := r.DiffPaths(ctx, from, to)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	hashes := make([]string, 0, len(changes))
	for _, c := range changes {
		if c.NewHash != "" && c.NewMode != Submodule {
			hashes = append(hashes, c.NewHash)
		}
	}
	sizes, err := r.sizes(ctx, hashes)
	if err != nil {
		return nil, err
	}
	lines, err := r.numstat(ctx, from, to)
	if err != nil {
		return nil, err
	}
	stats := make([]FileStat, 0, len(changes))
	for _, c := range changes {
		count := lines[c.Path]
		stats = append(stats, FileStat{c.Path, c.Status, count[0], count[1], sizes[c.NewHash]})
	}
	return stats, nil
}

// numstat is the lines added and deleted in each file.
func (r *Repo) numstat(ctx context.Context, from, to string) (map[string][2]int, error) {
	lines := map[string][2]int{}
	trees := []string{from, to}
	for i, name := range trees {
		hash, err := r.treeName(ctx, name)
		if err != nil {
			return nil, err
		}
		trees[i] = hash
	}
	inv := r.invocation(slices.Concat([]string{"diff-tree", "-r", "-z", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv"}, trees)...)
	err := scan(ctx, inv, 0, func(record string) error {
		fields := strings.SplitN(record, "\t", 3)
		if len(fields) != 3 {
			return fmt.Errorf("counting changed lines: %q is no record of git's", record)
		}
		added, err1 := strconv.Atoi(fields[0])
		deleted, err2 := strconv.Atoi(fields[1])
		if err1 != nil || err2 != nil { // "-", for what is not text
			added, deleted = -1, -1
		}
		lines[fields[2]] = [2]int{added, deleted}
		return nil
	})
	return lines, err
}

// Author is who git takes the user for: of the configuration, or of the
// environment; empty where neither says.
func (r *Repo) Author(ctx context.Context) Signature {
	line, err := r.line(ctx, "var", "GIT_AUTHOR_IDENT")
	if err != nil {
		return Signature{}
	}
	return parseSignature(line)
}
