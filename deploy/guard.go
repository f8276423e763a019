package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
)

// RefusedError says that a guard stopped a deploy; nothing was written.
type RefusedError struct {
	// Reasons is why, a sentence each; Hints is what to do.
	Reasons, Hints []string
}

// Error is the reasons and what to do, a line each.
func (e *RefusedError) Error() string {
	return strings.Join(append(append([]string{}, e.Reasons...), e.Hints...), "\n  ")
}

// Refuse is a refusal of one reason and a hint, which may be empty.
func Refuse(reason, hint string) *RefusedError {
	out := &RefusedError{Reasons: []string{reason}}
	if hint != "" {
		out.Hints = []string{hint}
	}
	return out
}

// CheckSource refuses a commit that must not be deployed: uncommitted work,
// and one that is not reachable from the deploy branch, on the remote where
// there is one. An empty remote means the branch of the repository itself.
func CheckSource(ctx context.Context, repo *gitrepo.Repo, commit gitrepo.Commit, branch, remote string) error {
	if commit.Snapshot {
		return Refuse("uncommitted work can't be deployed", "commit it, merge it, and deploy the commit")
	}
	ref, where := "refs/heads/"+branch, "branch "+branch
	tip, err := "", error(nil)
	if remote != "" {
		where += " of remote " + remote
		tip, err = repo.FetchRef(ctx, remote, ref)
	} else {
		tip, err = repo.ReadRef(ctx, ref)
	}
	if err != nil {
		return fmt.Errorf("reading %s: %w", where, err)
	}
	if tip == "" {
		return Refuse("there is no "+where, "commits are deployed once they are on it; its name is deploy.branch in gantline.yaml")
	}
	reachable, err := repo.IsAncestor(ctx, commit.Hash, tip)
	if err != nil {
		return fmt.Errorf("looking for commit %s on %s: %w", commit.Short(), where, err)
	}
	if !reachable {
		return Refuse(fmt.Sprintf("commit %s is not on %s", commit.Short(), where), "merge it first")
	}
	return nil
}

// CheckOrder refuses the plan of a commit that is older than what is deployed
// already: a pipeline that was run again, or one that was slower than its
// successor, must not roll back. It looks at the very state that the plan was
// made from: whatever was deployed since makes the plan stale.
func CheckOrder(ctx context.Context, repo *gitrepo.Repo, commit gitrepo.Commit, plan Plan) error {
	if plan.Deployed == "" || plan.Deployed == commit.Hash {
		return nil
	}
	if _, err := repo.Resolve(ctx, plan.Deployed); errors.Is(err, gitrepo.ErrNoRevision) {
		return nil // deployed from history that is not here, after a rewrite say
	}
	older, err := repo.IsAncestor(ctx, commit.Hash, plan.Deployed)
	if err != nil {
		return fmt.Errorf("comparing with the deployed commit %q: %w", plan.Deployed, err)
	}
	if older {
		return Refuse(fmt.Sprintf("commit %s is older than %s, which is deployed", commit.Short(), plan.Deployed[:min(12, len(plan.Deployed))]),
			"to go back, revert on the deploy branch and deploy the revert")
	}
	return nil
}
