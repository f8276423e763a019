// Package gitbranch deploys to a git branch of rendered manifests, which a
// GitOps controller or a person applies.
//
// A newcomer starts at Branch, which is a deploy.Target. The branch holds one
// file an object under a directory of the project's name, so several projects
// can share a branch, and each commit names the source commit in its trailers.
// Work tree and index are never touched: commits are made from git objects.
package gitbranch

import (
	"time"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/gitrepo"
)

// Branch is a branch of a repository, or of its remote.
type Branch struct {
	Repo *gitrepo.Repo
	// Target is the target's name in gantline.yaml.
	Target string
	// Name is the branch, without refs/heads/.
	Name string
	// Remote is where the branch is pushed to; empty for a local branch.
	Remote string
	// Now dates the commits.
	Now func() time.Time
}

var _ deploy.Target = Branch{}

func (b Branch) ref() string { return "refs/heads/" + b.Name }

func (b Branch) destination() deploy.Destination {
	return deploy.Destination{Target: b.Target, Branch: b.Name, Remote: b.Remote}
}
