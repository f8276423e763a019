package cli

import (
	"context"
	"slices"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

// next names the command that comes next, to those who are new: where
// gantline.yaml is not committed yet. Others know.
func (a *app) next(ctx context.Context, opened *revision, command string) {
	if isNew(ctx, opened) {
		a.printer().Say("next: %s", command)
	}
}

// isNew says whether the revision brings gantline.yaml: it is in the work tree
// and not in the commit below.
func isNew(ctx context.Context, opened *revision) bool {
	if !opened.commit.Snapshot {
		return false
	}
	parent := ""
	if len(opened.commit.Parents) > 0 {
		parent = opened.commit.Parents[0]
	}
	changes, err := opened.repo.DiffPaths(ctx, parent, opened.commit.Hash)
	return err == nil && slices.ContainsFunc(changes, func(c gitrepo.PathChange) bool {
		return c.Path == config.FileName && c.Status == gitrepo.Added
	})
}

// nextDeploy names the deploy that comes after the first run of the pipeline:
// where targets are declared and nothing was deployed to one yet.
func (a *app) nextDeploy(project *pipeline.Project, record *pipeline.Record) {
	if record.Verdict != pipeline.Passed || record.Deploy != nil || record.Base != "" {
		return
	}
	if targets := deployable(project.Config); len(targets) > 0 {
		a.printer().Say("next: gantline deploy --target %s", targets[0])
	}
}

// deployable are the names of the targets that commits are deployed to, and not
// only runs.
func deployable(c *config.Config) []string {
	var names []string
	for _, target := range c.Deploy.Targets {
		if !target.RunsOnly {
			names = append(names, target.Name)
		}
	}
	return names
}
