package pipeline

import (
	"context"
	"errors"
	"fmt"

	"gantline.dev/gantline/deploy/gitbranch"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/workflows"
)

// Side is one side of a comparison: a commit's flows and what they render to.
// The zero Side has nothing: everything on the other one is new.
type Side struct {
	Commit  gitrepo.Commit
	Flows   []*workflows.Flow
	Objects []kube.Object
}

// Diff is the difference between two commits' flows, both rendered by this
// gantline.
type Diff struct {
	Base, Head Side
	// Note says why Base is what it is, where that is not plain.
	Note    string
	Changes objdiff.Changes
}

// Compare is the difference between the sides.
func Compare(base, head Side, note string) Diff {
	return Diff{Base: base, Head: head, Note: note, Changes: objdiff.Compare(base.Objects, head.Objects)}
}

// BaseCommit is what a commit is compared with where the user names nothing:
// the merge base with the deploy branch; and on that branch, where it would be
// the commit itself, the last deployed commit. The zero Commit means that
// there is nothing to compare with, and the note says why.
func (p *Project) BaseCommit(ctx context.Context, target string) (gitrepo.Commit, string, error) {
	tip, where, err := p.deployTip(ctx)
	if err != nil || tip == "" {
		return gitrepo.Commit{}, fmt.Sprintf("there is no branch %q to compare with: everything is new", p.Config.Deploy.Branch), err
	}
	base, err := p.Repo.MergeBase(ctx, p.Commit.Hash, tip)
	if errors.Is(err, gitrepo.ErrNoMergeBase) {
		return gitrepo.Commit{}, "the commit shares no history with " + where + ": everything is new", nil
	}
	if err != nil {
		return gitrepo.Commit{}, "", err
	}
	if base != p.Commit.Hash {
		commit, err := p.Repo.Resolve(ctx, base)
		return commit, "merge base with " + where, err
	}
	return p.lastDeployed(ctx, target)
}

// deployTip is where the deploy branch stands: the remote's, as this clone
// knows it, or the branch here.
func (p *Project) deployTip(ctx context.Context) (hash, where string, err error) {
	branch := p.Config.Deploy.Branch
	for _, ref := range []string{"refs/remotes/origin/" + branch, "refs/heads/" + branch} {
		hash, err = p.Repo.ReadRef(ctx, ref)
		if err != nil || hash != "" {
			return hash, branch, err
		}
	}
	return "", "", nil
}

// lastDeployed is the commit that the target, or the first one, has.
func (p *Project) lastDeployed(ctx context.Context, name string) (gitrepo.Commit, string, error) {
	if len(p.Config.Deploy.Targets) == 0 {
		return gitrepo.Commit{}, "no deploy target is declared: everything is new", nil
	}
	target := p.Config.Deploy.Targets[0]
	if named, ok := p.Config.Target(name); ok {
		target = named
	}
	if target.IsCluster() {
		return p.parent(ctx)
	}
	history, err := branchOf(p.Repo, target).History(ctx, p.Config.Project, 1)
	if err != nil {
		return gitrepo.Commit{}, "", err
	}
	if len(history) == 0 {
		return gitrepo.Commit{}, fmt.Sprintf("nothing was deployed to %q yet: everything is new", target.Name), nil
	}
	commit, err := p.Repo.Resolve(ctx, history[0].Commit)
	if errors.Is(err, gitrepo.ErrNoRevision) {
		return gitrepo.Commit{}, fmt.Sprintf("the commit deployed to %q is not in this clone: everything is new", target.Name), nil
	}
	return commit, fmt.Sprintf("last deployed to %q", target.Name), err
}

// parent is the commit before this one. What a cluster has is not asked for a
// preview, which works without credentials.
func (p *Project) parent(ctx context.Context) (gitrepo.Commit, string, error) {
	if len(p.Commit.Parents) == 0 {
		return gitrepo.Commit{}, "the first commit: everything is new", nil
	}
	commit, err := p.Repo.Resolve(ctx, p.Commit.Parents[0])
	if errors.Is(err, gitrepo.ErrNoRevision) {
		return gitrepo.Commit{}, "the commit before is not in this clone: everything is new", nil
	}
	return commit, "the commit before", err
}

// branchOf is the git branch that a target of gantline.yaml means.
func branchOf(repo *gitrepo.Repo, target config.Target) gitbranch.Branch {
	return gitbranch.Branch{Repo: repo, Target: target.Name, Name: target.Branch, Remote: target.Push}
}

// LoadSide is an earlier commit as a side of a comparison. One that has no
// gantline.yaml has no flows; one with errors can't be rendered, and the note
// says so. Without means no registry is asked for its images.
func LoadSide(ctx context.Context, repo *gitrepo.Repo, commit gitrepo.Commit, means *Means) (Side, string, error) {
	side := Side{Commit: commit}
	if commit.Hash == "" {
		return side, "", nil
	}
	project, err := Load(ctx, repo, commit)
	var none *NoConfigError
	if errors.As(err, &none) {
		return side, fmt.Sprintf("commit %s has no %s", commit.Short(), config.FileName), nil
	}
	if err != nil {
		return side, "", err
	}
	invalid := fmt.Sprintf("commit %s does not pass gantline check: everything is new", commit.Short())
	if project.Valid() != nil {
		return side, invalid, nil
	}
	side.Flows = project.Flows
	side.Objects, err = project.RenderUnbuilt(ctx, means)
	var problems *InvalidError
	if errors.As(err, &problems) {
		return Side{Commit: commit}, invalid, nil
	}
	return side, "", err
}
