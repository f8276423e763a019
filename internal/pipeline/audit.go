package pipeline

import (
	"context"
	"fmt"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// Budgets are those of gantline.yaml as repoclean judges them.
func Budgets(c *config.Config) repoclean.Budgets {
	return repoclean.Budgets{
		CommitGrowth: c.Budgets.CommitGrowth, File: c.Budgets.File, Context: c.Budgets.Context,
	}
}

// RefuseBreaches is nil, or the refusal of what passes a budget.
func RefuseBreaches(breaches []repoclean.Breach) error {
	if len(breaches) == 0 {
		return nil
	}
	refused := &RefusedError{}
	for _, breach := range breaches {
		refused.add(breach.Message, breach.Hint)
	}
	return refused
}

// audit measures the history and judges what the commits since the base add.
// Where there is no base, the commit is judged against its first parent: what
// a repository grew to before Gantline came is no reason to refuse.
func (r *runner) audit(ctx context.Context) (result, error) {
	var err error
	if r.base, r.note, err = r.project.BaseCommit(ctx, r.options.Deploy.Target); err != nil {
		return result{}, err
	}
	commit := r.project.Commit
	request := audit.Request{Rev: commit.Hash}
	switch {
	case r.base.Hash != "":
		request.Rev = r.base.Hash + ".." + commit.Hash
	case len(commit.Parents) > 0 && !r.project.Repo.Shallow():
		request.Rev = commit.Parents[0] + ".." + commit.Hash
	}
	report, err := audit.Run(ctx, r.project.Repo, request)
	if err != nil {
		return result{}, err
	}
	report = report.Judged(Budgets(r.project.Config))
	r.record().Audit = &report
	if err := RefuseBreaches(report.Breaches); err != nil {
		return result{}, err
	}
	summary := fmt.Sprintf("history %s", diag.Size(report.History.Packed()))
	if report.Growth != nil {
		summary = fmt.Sprintf("%s added by %d commits", diag.Size(report.History.Packed()), len(report.Growth.Commits))
	}
	return result{summary: summary}, nil
}
