package gitbranch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
)

// identity makes the commits of rendered branches.
func identity(now time.Time) gitrepo.Signature {
	return gitrepo.Signature{Name: "Gantline", Email: "gantline@noreply.invalid", When: now}
}

// Apply carries a plan out. The branch moves in one step, last, and only from
// where the plan found it; killed at any moment before, Apply leaves nothing
// but unreferenced objects.
func (b Branch) Apply(ctx context.Context, plan deploy.Plan, objects []kube.Object) (deploy.Result, error) {
	result := deploy.Result{Plan: plan}
	after, err := files(plan.Project, objects)
	if err != nil {
		return result, err
	}
	if err := plan.Covers(sums(after), func(s deploy.Step) string { return s.File }); err != nil {
		return result, err
	}
	if !plan.Changes() {
		return result, nil
	}
	commit, err := b.writeCommit(ctx, plan, after)
	if err != nil {
		return result, fmt.Errorf("writing branch %q: %w", b.Name, err)
	}
	if err := b.move(ctx, plan, commit); err != nil {
		return result, err
	}
	result.Written, result.Commit, result.Pushed = true, commit, b.Remote != ""
	return result, nil
}

// sums is the SHA-256 of each file by its path.
func sums(files map[string]file) map[string]string {
	out := make(map[string]string, len(files))
	for name, f := range files {
		out[name] = sum(f.content)
	}
	return out
}

func (b Branch) writeCommit(ctx context.Context, plan deploy.Plan, after map[string]file) (string, error) {
	tree := map[string]gitrepo.TreeFile{}
	var parents []string
	if plan.Base != "" {
		parents = []string{plan.Base}
		entries, err := b.Repo.Tree(ctx, plan.Base)
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
	hashes, err := b.Repo.WriteBlobs(ctx, contents)
	if err != nil {
		return "", err
	}
	for i, name := range names {
		tree[name] = gitrepo.TreeFile{Mode: gitrepo.File, Hash: hashes[i]}
	}
	root, err := b.Repo.WriteTree(ctx, tree)
	if err != nil {
		return "", err
	}
	return b.Repo.CommitTree(ctx, root, parents, message(plan), identity(b.Now()))
}

// move sets the branch: on its remote, which decides, or here.
func (b Branch) move(ctx context.Context, plan deploy.Plan, commit string) error {
	checkedOut, err := b.Repo.CheckedOut(ctx, b.ref())
	if err != nil {
		return err
	}
	if b.Remote != "" {
		return b.push(ctx, plan, commit, checkedOut)
	}
	if checkedOut != "" {
		return deploy.Refuse(fmt.Sprintf("branch %q is checked out in %q, whose files would no longer be the branch's", b.Name, checkedOut),
			"switch to another branch there, and deploy again")
	}
	return b.moved(b.Repo.UpdateRef(ctx, b.ref(), commit, plan.Base))
}

// push moves the remote's branch from where the plan found it. The branch here
// follows where it can do so without losing commits or pulling it from under a
// work tree; where it can't, nothing is wrong: the remote's is the one that
// counts.
func (b Branch) push(ctx context.Context, plan deploy.Plan, commit, checkedOut string) error {
	local, err := b.Repo.ReadRef(ctx, b.ref())
	if err != nil {
		return fmt.Errorf("reading branch %q: %w", b.Name, err)
	}
	expected, err := b.Repo.RemoteRef(ctx, b.Remote, b.ref())
	if err != nil {
		return fmt.Errorf("reading branch %q of remote %q: %w", b.Name, b.Remote, err)
	}
	if expected != "" && expected != plan.Base {
		return b.moved(gitrepo.ErrLeaseRejected)
	}
	if err := b.Repo.Push(ctx, b.Remote, b.ref(), commit, expected); err != nil {
		return b.moved(err)
	}
	if checkedOut == "" && (local == "" || local == plan.Base) {
		_ = b.Repo.UpdateRef(ctx, b.ref(), commit, local)
	}
	return nil
}

func (b Branch) moved(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gitrepo.ErrRefMoved), errors.Is(err, gitrepo.ErrLeaseRejected):
		return fmt.Errorf("updating branch %q: %w", b.Name, deploy.ErrStale)
	case b.Remote != "":
		return fmt.Errorf("pushing branch %q to remote %q: %w", b.Name, b.Remote, err)
	}
	return fmt.Errorf("updating branch %q: %w", b.Name, err)
}
