package gitrepo

import (
	"context"
	"fmt"
	"strings"
)

// HooksDir is the directory where git looks for this repository's hooks: the
// one that linked worktrees share, or what core.hooksPath says. It need not
// exist, and may lie outside the repository.
func (r *Repo) HooksDir(ctx context.Context) (string, error) {
	inv := r.invocation("rev-parse", "--path-format=absolute", "--git-path", "hooks")
	inv.asSet = true
	out, err := output(ctx, inv)
	if err != nil {
		return "", fmt.Errorf("finding the directory of hooks: %w", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
