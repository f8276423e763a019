package gitrepo

import (
	"context"
	"fmt"
)

// DiffPaths is every path that differs between two commits or trees, in git's
// order. The empty name stands for the empty tree.
func (r *Repo) DiffPaths(ctx context.Context, from, to string) ([]PathChange, error) {
	var err error
	if from, err = r.treeName(ctx, from); err != nil {
		return nil, err
	}
	if to, err = r.treeName(ctx, to); err != nil {
		return nil, err
	}
	inv := r.invocation("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev",
		"--ignore-submodules=none", "--no-ext-diff", from, to)
	var changes []PathChange
	header := ""
	err = scan(ctx, inv, 0, func(record string) error {
		if header == "" {
			header = record
			return nil
		}
		c, err := rawHeader(header)
		c.Path, header = record, ""
		changes = append(changes, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("comparing %s with %s: %w", from, to, err)
	}
	return changes, nil
}

// treeName is the full hash of the tree that a name leads to.
func (r *Repo) treeName(ctx context.Context, name string) (string, error) {
	if name == "" {
		return r.emptyTree(), nil
	}
	hash, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{tree}")
	if err != nil {
		if exitCode(err) == 1 {
			return "", &NoRevisionError{Rev: name}
		}
		return "", fmt.Errorf("resolving %q: %w", name, err)
	}
	return hash, nil
}

// emptyTree is the tree without entries, which git knows without storing it.
func (r *Repo) emptyTree() string {
	if r.sha256 {
		return "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
	}
	return "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
}

// MergeBase is the best common ancestor of two commits; ErrNoMergeBase where
// there is none.
func (r *Repo) MergeBase(ctx context.Context, a, b string) (string, error) {
	hash, err := r.line(ctx, "merge-base", "--end-of-options", a, b)
	if exitCode(err) == 1 {
		return "", fmt.Errorf("finding the merge base of %s and %s: %w", a, b, ErrNoMergeBase)
	}
	if err != nil {
		return "", fmt.Errorf("finding the merge base of %s and %s: %w", a, b, err)
	}
	return hash, nil
}

// IsAncestor says whether a is b or reachable from it.
func (r *Repo) IsAncestor(ctx context.Context, a, b string) (bool, error) {
	_, err := r.git(ctx, "merge-base", "--is-ancestor", "--end-of-options", a, b)
	if exitCode(err) == 1 {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s in the history of %s: %w", a, b, err)
	}
	return true, nil
}
