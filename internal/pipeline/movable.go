package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
)

// moveTags puts the movable tags of the branch that the images are built for:
// branch-<name>, and latest for the deploy branch. The images are published
// whatever becomes of them, so what goes wrong is said and no error.
func (j BuildJob) moveTags(ctx context.Context, images []build.Image) {
	branch, p := cmp.Or(j.Branch, j.Means.Branch), j.Project
	if branch == "" || p.Commit.Snapshot || len(images) == 0 {
		return
	}
	tags := []string{build.BranchTag(branch)}
	if branch == p.Config.Deploy.Branch {
		tags = slices.Insert(tags, 0, build.LatestTag)
	}
	left := func(why string) {
		j.Means.Printer.Say("%s left where it is: %s", strings.Join(tags, ", "), why)
	}
	tip, err := p.tipOf(ctx, branch)
	if err != nil {
		j.Means.Printer.Warn("moving %s: %v", strings.Join(tags, ", "), err)
		return
	}
	if tip != p.Commit.Hash {
		left(p.notTip(branch, tip))
		return
	}
	for _, image := range images {
		move, err := build.MoveTags(ctx, j.Means.Remote, image, tags, p.judgeMove(branch))
		switch {
		case err != nil:
			j.Means.Printer.Warn("image %q: %v", image.Name, err)
		case move.Moved:
			j.Means.Printer.Say("%s put on %s", strings.Join(tags, ", "), image.Ref())
		case move.Left != "":
			left(move.Left)
		}
	}
}

func (p *Project) notTip(branch, tip string) string {
	if tip == "" {
		return fmt.Sprintf("there is no branch %q", branch)
	}
	return fmt.Sprintf("commit %s is not the tip of %s", p.Commit.Short(), branch)
}

// neighbours are where an image's layers may be found: the origins before it,
// and the deploy branch's latest.
func (b *imageBuild) neighbours() []string {
	return append(slices.Clone(b.origins.Earlier), build.BranchTag(b.Project.Config.Deploy.Branch))
}

// tipOf is where a branch stands: the remote's as this clone knows it, else as
// the remote says. Without a remote it is the branch here.
func (p *Project) tipOf(ctx context.Context, branch string) (string, error) {
	remote, err := p.remote(ctx)
	if err != nil {
		return "", err
	}
	if remote == "" {
		return p.Repo.ReadRef(ctx, "refs/heads/"+branch)
	}
	if tip, err := p.Repo.ReadRef(ctx, "refs/remotes/"+remote+"/"+branch); err != nil || tip != "" {
		return tip, err
	}
	return p.Repo.RemoteRef(ctx, remote, "refs/heads/"+branch)
}

// remote is the name of the remote that branches belong to, empty where there
// is none.
func (p *Project) remote(ctx context.Context) (string, error) {
	names, err := p.Repo.Remotes(ctx)
	switch {
	case err != nil || len(names) == 0:
		return "", err
	case slices.Contains(names, "origin"):
		return "origin", nil
	}
	return names[0], nil
}

// judgeMove lets a branch's tags go forward along its history, and elsewhere
// only where the branch itself went, as after a force-push. In between lies a
// race: of two builds the one of the earlier commit may end last.
func (p *Project) judgeMove(branch string) build.Judge {
	return func(ctx context.Context, from string) (string, error) {
		forward, back, err := p.direction(ctx, from)
		switch {
		case err != nil || forward:
			return "", err
		case back:
			return fmt.Sprintf("it names the image of %s, a later commit", short(from)), nil
		}
		remote, err := p.remote(ctx)
		if err != nil || remote == "" {
			return "", err
		}
		tip, err := p.Repo.RemoteRef(ctx, remote, "refs/heads/"+branch)
		switch {
		case err != nil:
			return fmt.Sprintf("it names the image of %s, which is not in this commit's history; whether %s is still at this commit can't be found out: %v", short(from), branch, err), nil
		case tip != p.Commit.Hash:
			return fmt.Sprintf("it names the image of %s, and %s", short(from), p.notTip(branch, tip)), nil
		}
		return "", nil
	}
}

// direction says where the commit lies from another one: behind it in its
// history, or before it; neither where this clone doesn't know.
func (p *Project) direction(ctx context.Context, from string) (forward, back bool, err error) {
	repo := p.past()
	if _, err := repo.Resolve(ctx, from); err != nil {
		if errors.Is(err, gitrepo.ErrNoRevision) || errors.Is(err, gitrepo.ErrMissing) {
			return false, false, nil
		}
		return false, false, err
	}
	if forward, err = repo.IsAncestor(ctx, from, p.Commit.Hash); err != nil || forward {
		return forward, false, err
	}
	back, err = repo.IsAncestor(ctx, p.Commit.Hash, from)
	return false, back, err
}

// short is a commit's hash as people write it.
func short(commit string) string { return commit[:min(12, len(commit))] }
