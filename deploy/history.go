package deploy

import (
	"context"
	"fmt"
	"strings"
	"time"

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
func message(plan Plan) string {
	subject := streams.Safe(strings.Join(strings.Fields(plan.Subject), " "))
	return fmt.Sprintf("Deploy %s at %s: %s\n\n%s.\n\n%s: %s\n%s: %s\n%s: %s\n",
		plan.Project, plan.Source.Commit[:min(12, len(plan.Source.Commit))], subject, plan.Summary(),
		trailerProject, plan.Project, trailerCommit, plan.Source.Commit, trailerTarget, plan.Target)
}

// Deployed is one deploy as the branch's history has it.
type Deployed struct {
	// Revision is the commit of the rendered branch.
	Revision string    `json:"revision"`
	Time     time.Time `json:"time"`
	Project  string    `json:"project"`
	Target   string    `json:"target"`
	// Commit is the source commit.
	Commit string `json:"commit"`
	// Subject is the branch commit's first line.
	Subject string `json:"subject"`
	// Summary is what the deploy did.
	Summary string `json:"summary"`
}

// History is what was deployed of a project to the branch, newest first; at
// most limit entries where limit is not 0. A branch that does not exist has
// none.
func History(ctx context.Context, repo *gitrepo.Repo, branch Branch, project string, limit int) ([]Deployed, error) {
	from, err := tip(ctx, repo, branch)
	if err != nil {
		return nil, err
	}
	return historyFrom(ctx, repo, branch, from, project, limit)
}

// historyFrom is History as of one commit of the branch; none for "".
func historyFrom(ctx context.Context, repo *gitrepo.Repo, branch Branch, from, project string, limit int) ([]Deployed, error) {
	if from == "" {
		return nil, nil
	}
	var out []Deployed
	for commit, err := range repo.Log(ctx, from) {
		if err != nil {
			return nil, fmt.Errorf("reading the history of branch %q: %w", branch.Name, err)
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
func parse(commit gitrepo.Commit) (Deployed, bool) {
	paragraphs := strings.Split(strings.TrimSpace(commit.Message), "\n\n")
	trailers := map[string]string{}
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		if key, value, ok := strings.Cut(line, ": "); ok {
			trailers[key] = strings.TrimSpace(value)
		}
	}
	entry := Deployed{
		Revision: commit.Hash, Time: commit.Committer.When.UTC(), Subject: commit.Subject(),
		Project: trailers[trailerProject], Target: trailers[trailerTarget], Commit: trailers[trailerCommit],
	}
	if len(paragraphs) > 2 {
		entry.Summary = strings.TrimSuffix(strings.TrimSpace(paragraphs[1]), ".")
	}
	return entry, entry.Commit != "" && entry.Project != ""
}
