package gitrepo

import (
	"context"
	"fmt"
	"strings"
)

// ReadRef is the hash that a full ref name (refs/heads/x) stands at, "" where
// there is no such ref.
func (r *Repo) ReadRef(ctx context.Context, ref string) (string, error) {
	if err := checkRef(ref); err != nil {
		return "", err
	}
	hash, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", ref)
	if exitCode(err) == 1 {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading ref %q: %w", ref, err)
	}
	return hash, nil
}

// UpdateRef moves a ref from one hash to another, and only from there: where
// it stands elsewhere, nothing happens and the error is ErrRefMoved. An empty
// old means that the ref must not exist, an empty new deletes it.
func (r *Repo) UpdateRef(ctx context.Context, ref, newHash, oldHash string) error {
	if err := checkRef(ref); err != nil {
		return err
	}
	args := []string{"update-ref", "-m", "gantline", ref, newHash, orZero(oldHash, r)}
	if newHash == "" {
		args = []string{"update-ref", "-m", "gantline", "-d", ref, orZero(oldHash, r)}
	}
	inv := r.invocation(args...)
	// A reflog wants a name; a machine in CI often has none.
	inv.env = append(inv.env, "GIT_COMMITTER_NAME=Gantline", "GIT_COMMITTER_EMAIL=gantline@gantline.dev")
	_, err := output(ctx, inv)
	if err == nil {
		return nil
	}
	if now, readErr := r.ReadRef(ctx, ref); readErr == nil && now != oldHash {
		return fmt.Errorf("moving ref %q to %s: it stands at %s instead of %s: %w", ref, named(newHash), named(now), named(oldHash), ErrRefMoved)
	}
	return fmt.Errorf("moving ref %q to %s: %w", ref, named(newHash), err)
}

func orZero(hash string, r *Repo) string {
	if hash == "" {
		return r.zeroHash()
	}
	return hash
}

func named(hash string) string {
	if hash == "" {
		return "nothing"
	}
	return hash
}

// checkRef refuses what is not a full ref name, so that no option and no
// pseudo-ref such as HEAD can be meant.
func checkRef(ref string) error {
	if !strings.HasPrefix(ref, "refs/") || strings.ContainsAny(ref, " \t\n\x00:?*[\\^~") || strings.Contains(ref, "..") {
		return fmt.Errorf("ref %q is not a full ref name such as refs/heads/main", ref)
	}
	return nil
}

// CurrentBranch is the short name of the branch that HEAD is on, "" where HEAD
// is detached.
func (r *Repo) CurrentBranch(ctx context.Context) (string, error) {
	name, err := r.line(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	if exitCode(err) == 1 {
		return "", nil
	}
	return name, err
}

// CheckedOut is the directory of the work tree that has a ref checked out, ""
// where none has: moving the ref would make that tree's files look changed.
func (r *Repo) CheckedOut(ctx context.Context, ref string) (string, error) {
	out, err := r.git(ctx, "worktree", "list", "--porcelain")
	if err != nil {
		return "", fmt.Errorf("listing work trees: %w", err)
	}
	dir := ""
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch {
		case key == "worktree":
			dir = value
		case key == "branch" && value == ref:
			return dir, nil
		}
	}
	return "", nil
}
