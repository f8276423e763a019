package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
)

// Result is what Apply did.
type Result struct {
	Plan Plan `json:"plan"`
	// Commit is the new commit of the branch; empty where nothing changed.
	Commit string `json:"commit,omitempty"`
	// Pushed says that the remote has it.
	Pushed bool `json:"pushed"`
}

// identity makes the commits of rendered branches.
func identity(now time.Time) gitrepo.Signature {
	return gitrepo.Signature{Name: "Gantline", Email: "gantline@noreply.invalid", When: now}
}

// Apply carries a plan out with the objects that it was made of. A plan
// without changes writes nothing at all. The branch moves in one step, last,
// and only from where the plan found it; killed at any moment before, Apply
// leaves nothing but unreferenced objects.
func Apply(ctx context.Context, repo *gitrepo.Repo, plan Plan, objects []kube.Object, now time.Time) (Result, error) {
	result := Result{Plan: plan}
	after, err := files(plan.Project, objects)
	if err != nil {
		return result, err
	}
	if err := plan.covers(after); err != nil {
		return result, err
	}
	if !plan.Changes() {
		return result, nil
	}
	commit, err := writeCommit(ctx, repo, plan, after, now)
	if err != nil {
		return result, fmt.Errorf("writing branch %q: %w", plan.Branch.Name, err)
	}
	if err := move(ctx, repo, plan, commit); err != nil {
		return result, err
	}
	result.Commit, result.Pushed = commit, plan.Remote != ""
	return result, nil
}

// covers holds a plan to the objects that it was made of.
func (p Plan) covers(after map[string]file) error {
	known := 0
	for _, step := range p.Steps {
		f, ok := after[step.File]
		if ok != (step.Action != Delete) || ok && sum(f.content) != step.After {
			return fmt.Errorf("object %q is not the one that was planned: %w", step.File, ErrStale)
		}
		if ok {
			known++
		}
	}
	if known != len(after) {
		return fmt.Errorf("%d objects were not planned: %w", len(after)-known, ErrStale)
	}
	return nil
}

func writeCommit(ctx context.Context, repo *gitrepo.Repo, plan Plan, after map[string]file, now time.Time) (string, error) {
	tree := map[string]gitrepo.TreeFile{}
	var parents []string
	if plan.Base != "" {
		parents = []string{plan.Base}
		entries, err := repo.Tree(ctx, plan.Base)
		if err != nil {
			return "", err
		}
		for _, entry := range entries {
			if !strings.HasPrefix(entry.Path, plan.Project+"/") {
				tree[entry.Path] = gitrepo.TreeFile{Mode: entry.Mode, Hash: entry.Hash}
			}
		}
	}
	names, contents := make([]string, 0, len(after)), make([][]byte, 0, len(after))
	for name, f := range after {
		names, contents = append(names, name), append(contents, f.content)
	}
	hashes, err := repo.WriteBlobs(ctx, contents)
	if err != nil {
		return "", err
	}
	for i, name := range names {
		tree[name] = gitrepo.TreeFile{Mode: gitrepo.File, Hash: hashes[i]}
	}
	root, err := repo.WriteTree(ctx, tree)
	if err != nil {
		return "", err
	}
	return repo.CommitTree(ctx, root, parents, message(plan), identity(now))
}

// move sets the branch: on its remote, which decides, or here.
func move(ctx context.Context, repo *gitrepo.Repo, plan Plan, commit string) error {
	checkedOut, err := repo.CheckedOut(ctx, plan.ref())
	if err != nil {
		return err
	}
	if plan.Remote != "" {
		return push(ctx, repo, plan, commit, checkedOut)
	}
	if checkedOut != "" {
		return &RefusedError{fmt.Sprintf("branch %q is checked out in %q, whose files would no longer be the branch's", plan.Branch.Name, checkedOut),
			"switch to another branch there, and deploy again"}
	}
	return moved(plan, repo.UpdateRef(ctx, plan.ref(), commit, plan.Base))
}

// push moves the remote's branch from where the plan found it. The branch here
// follows where it can do so without losing commits or pulling it from under a
// work tree; where it can't, nothing is wrong: the remote's is the one that
// counts.
func push(ctx context.Context, repo *gitrepo.Repo, plan Plan, commit, checkedOut string) error {
	local, err := repo.ReadRef(ctx, plan.ref())
	if err != nil {
		return fmt.Errorf("reading branch %q: %w", plan.Branch.Name, err)
	}
	expected, err := repo.RemoteRef(ctx, plan.Remote, plan.ref())
	if err != nil {
		return fmt.Errorf("reading branch %q of remote %q: %w", plan.Branch.Name, plan.Remote, err)
	}
	if expected != "" && expected != plan.Base {
		return moved(plan, gitrepo.ErrLeaseRejected)
	}
	if err := repo.Push(ctx, plan.Remote, plan.ref(), commit, expected); err != nil {
		return moved(plan, err)
	}
	if checkedOut == "" && (local == "" || local == plan.Base) {
		_ = repo.UpdateRef(ctx, plan.ref(), commit, local)
	}
	return nil
}

func moved(plan Plan, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gitrepo.ErrRefMoved), errors.Is(err, gitrepo.ErrLeaseRejected):
		return fmt.Errorf("updating branch %q: %w", plan.Branch.Name, ErrStale)
	case plan.Remote != "":
		return fmt.Errorf("pushing branch %q to remote %q: %w", plan.Branch.Name, plan.Remote, err)
	}
	return fmt.Errorf("updating branch %q: %w", plan.Branch.Name, err)
}
