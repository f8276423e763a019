package gitbranch

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/streams"
)

// The trailers that a deploy's commit ends with.
const (
	trailerProject = "Gantline-Project"
	trailerCommit  = "Gantline-Commit"
	trailerTarget  = "Gantline-Target"
)

// message is the branch commit's: what was deployed, in words and in trailers.
func message(plan deploy.Plan) string {
	subject := streams.Safe(strings.Join(strings.Fields(plan.Subject), " "))
	return fmt.Sprintf("Deploy %s at %s: %s\n\n%s.\n\n%s: %s\n%s: %s\n%s: %s\n",
		plan.Project, plan.Source.Commit[:min(12, len(plan.Source.Commit))], subject, plan.Summary(),
		trailerProject, plan.Project, trailerCommit, plan.Source.Commit, trailerTarget, plan.Target)
}

// History is what was deployed of a project to the branch. A branch that does
// not exist has none.
func (b Branch) History(ctx context.Context, project string, limit int) ([]deploy.Deployed, error) {
	from, err := b.tip(ctx)
	if err != nil {
		return nil, err
	}
	return b.historyFrom(ctx, from, project, limit)
}

// historyFrom is History as of one commit of the branch; none for "".
func (b Branch) historyFrom(ctx context.Context, from, project string, limit int) ([]deploy.Deployed, error) {
	if from == "" {
		return nil, nil
	}
	var out []deploy.Deployed
	for commit, err := range b.Repo.Log(ctx, from) {
		if err != nil {
			return nil, fmt.Errorf("reading the history of branch %q: %w", b.Name, err)
		}
		entry, ok := parse(commit)
		if !ok || entry.Project != project {
			continue
		}
		if out = append(out, entry); len(out) == limit {
			break
		}
	}
	return out, nil
}

// parse reads a commit of the branch; ok is false for one that no deploy made.
func parse(commit gitrepo.Commit) (deploy.Deployed, bool) {
	paragraphs := strings.Split(strings.TrimSpace(commit.Message), "\n\n")
	trailers := map[string]string{}
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		if key, value, ok := strings.Cut(line, ": "); ok {
			trailers[key] = strings.TrimSpace(value)
		}
	}
	entry := deploy.Deployed{
		Revision: commit.Hash, Time: commit.Committer.When.UTC(), Subject: commit.Subject(),
		Project: trailers[trailerProject], Target: trailers[trailerTarget], Commit: trailers[trailerCommit],
	}
	if len(paragraphs) > 2 {
		entry.Summary = strings.TrimSuffix(strings.TrimSpace(paragraphs[1]), ".")
	}
	return entry, entry.Commit != "" && entry.Project != ""
}
