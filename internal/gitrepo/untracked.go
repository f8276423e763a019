package gitrepo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Untracked lists what of the work tree git neither tracks nor ignores, by
// paths from the root, sorted. A directory that holds nothing else is listed
// as a whole, with a slash at its end.
func (r *Repo) Untracked(ctx context.Context) ([]string, error) {
	if r.Bare() {
		return nil, ErrNoWorkTree
	}
	list, err := output(ctx, r.invocation("ls-files", "-z", "--others", "--exclude-standard", "--directory", "--no-empty-directory"))
	if err != nil {
		return nil, fmt.Errorf("listing the untracked files of %q: %w", r.root, err)
	}
	return strings.FieldsFunc(string(list), func(c rune) bool { return c == 0 }), nil
}

// UntrackedFiles is every single file that Untracked stands for, with its
// size. Nothing is read but the directories.
func (r *Repo) UntrackedFiles(ctx context.Context) ([]FileStat, error) {
	if r.Bare() {
		return nil, ErrNoWorkTree
	}
	var files []FileStat
	inv := r.invocation("ls-files", "-z", "--others", "--exclude-standard")
	err := scan(ctx, inv, 0, func(path string) error {
		// A file that went in between, and another repository, count nothing.
		if info, err := os.Lstat(filepath.Join(r.root, path)); err == nil && !info.IsDir() {
			files = append(files, FileStat{Path: path, Status: Added, Bytes: info.Size()})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the untracked files of %q: %w", r.root, err)
	}
	return files, nil
}

// Unmerged lists the files that a merge left in conflict, by paths from the
// root, sorted. Unlike git diff, it leaves the index as it is.
func (r *Repo) Unmerged(ctx context.Context) ([]string, error) {
	if r.Bare() {
		return nil, ErrNoWorkTree
	}
	var files []string
	err := scan(ctx, r.invocation("ls-files", "-z", "--unmerged"), 0, func(entry string) error {
		// Mode, object and stage; then the path, once for each stage.
		if _, path, ok := strings.Cut(entry, "\t"); ok && !slices.Contains(files, path) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing the files in conflict of %q: %w", r.root, err)
	}
	return files, nil
}
