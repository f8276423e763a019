package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

// workTree is the revision that means the work tree as it is.
const workTree = "."

// revision is a revision opened for reading: a commit, or a snapshot of the
// work tree.
type revision struct {
	repo   *gitrepo.Repo
	commit gitrepo.Commit
}

// openRepo opens the repository that --repo or the current directory is in.
func (a *app) openRepo(ctx context.Context) (*gitrepo.Repo, error) {
	if info, err := os.Stat(a.repoDir); err != nil || !info.IsDir() {
		return nil, usageError{fmt.Errorf("--repo %q: there is no such directory", a.repoDir)}
	}
	return gitrepo.Open(ctx, a.repoDir)
}

// open finds what REV means and says so on standard error: that is the first
// line of every command that reads a repository.
func (a *app) open(ctx context.Context, rev string, untracked bool) (*revision, error) {
	repo, err := a.openRepo(ctx)
	if err != nil {
		return nil, err
	}
	if rev == workTree {
		return a.openWorkTree(ctx, repo, untracked)
	}
	commit, err := repo.Resolve(ctx, rev)
	if err != nil {
		return nil, err
	}
	a.printer().Say("reading commit %s: %s", commit.Short(), commit.Subject())
	return &revision{repo, commit}, nil
}

// openWorkTree opens a snapshot of the work tree. Where its gantline.yaml is
// not tracked yet, untracked files are read too: so it is between gantline
// init and the first commit. Otherwise those that are left out are named.
func (a *app) openWorkTree(ctx context.Context, repo *gitrepo.Repo, untracked bool) (*revision, error) {
	var left []string
	if !untracked {
		var err error
		if left, err = repo.Untracked(ctx); err != nil {
			return nil, err
		}
		// The records of earlier commands belong to no work tree.
		left = slices.DeleteFunc(left, func(path string) bool { return strings.HasPrefix(path, recordsHome+"/") })
		if slices.Contains(left, config.FileName) {
			a.printer().Say("%s is not tracked by git yet: reading untracked files too", config.FileName)
			left, untracked = nil, true
		}
	}
	snapshot, commit, err := repo.Snapshot(ctx, gitrepo.SnapshotOptions{Untracked: untracked})
	if err != nil {
		return nil, err
	}
	if commit.Snapshot {
		a.printer().Say("reading the work tree of %s as it is: snapshot %s", repo.Root(), commit.Short())
	} else {
		a.printer().Say("reading commit %s, which the work tree equals: %s", commit.Short(), commit.Subject())
	}
	if len(left) > 0 {
		a.printer().Say("not read, for git does not track it: %s; git add what belongs to the work tree", namedFew(left))
	}
	return &revision{snapshot, commit}, nil
}

// namedFew names the first of some paths, and says how many follow.
func namedFew(paths []string) string {
	const most = 3
	if len(paths) <= most {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:most], ", "), len(paths)-most)
}

// Close removes a snapshot's objects.
func (r *revision) Close() error { return r.repo.Close() }

// project loads what the revision declares. A gantline.yaml that exists in the
// work tree and is not committed is named with the command that commits it.
func (a *app) project(ctx context.Context, r *revision) (*pipeline.Project, error) {
	project, err := pipeline.Load(ctx, r.repo, r.commit)
	var none *pipeline.NoConfigError
	if errors.As(err, &none) && !r.commit.Snapshot {
		none.Uncommitted = hasFile(r.repo.Root(), config.FileName)
	}
	return project, err
}

// openProject opens a revision and loads what it declares.
func (a *app) openProject(ctx context.Context, rev string, untracked bool) (*revision, *pipeline.Project, error) {
	opened, err := a.open(ctx, rev, untracked)
	if err != nil {
		return nil, nil, err
	}
	project, err := a.project(ctx, opened)
	if err != nil {
		opened.Close()
		return nil, nil, err
	}
	return opened, project, nil
}

// openValid is openProject for commands that do nothing for a project with
// errors: it shows them all, and closes what it opened.
func (a *app) openValid(ctx context.Context, rev string, untracked bool) (*revision, *pipeline.Project, error) {
	opened, project, err := a.openProject(ctx, rev, untracked)
	if err != nil {
		return nil, nil, err
	}
	if project.Valid() != nil {
		opened.Close()
		return nil, nil, a.invalid(project.Problems)
	}
	return opened, project, nil
}
