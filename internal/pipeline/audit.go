package pipeline

import (
	"context"
	"errors"
	"fmt"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// Budgets are those of gantline.yaml as repoclean judges them.
func Budgets(c *config.Config) repoclean.Budgets {
	return repoclean.Budgets{
		CommitGrowth: c.Budgets.CommitGrowth, File: c.Budgets.File, Context: c.Budgets.Context,
	}
}

// CommitBudgets are those that the gantline.yaml of the first commit sets that
// has one. They are none where none has, and none with a note that says why
// where the file can't be read. It reads nothing else of the commits and fetches
// nothing.
func CommitBudgets(ctx context.Context, repo *gitrepo.Repo, commits ...gitrepo.Commit) (budgets repoclean.Budgets, note string, err error) {
	for _, commit := range commits {
		entry, ok, err := repo.EntryAt(ctx, commit.Hash, config.FileName)
		if err != nil {
			return budgets, "", err
		}
		if ok {
			return budgetsIn(ctx, repo, entry)
		}
	}
	return budgets, "", nil
}

func budgetsIn(ctx context.Context, repo *gitrepo.Repo, entry gitrepo.TreeItem) (budgets repoclean.Budgets, note string, err error) {
	if !isFile(entry.Mode) {
		return budgets, config.FileName + " is not a file", nil
	}
	blobs, err := repo.Blobs(ctx)
	if err != nil {
		return budgets, "", err
	}
	defer blobs.Close()
	text, err := blobs.Read(repo.Hex(entry.ID))
	switch {
	case ctx.Err() != nil:
		return budgets, "", ctx.Err()
	case errors.Is(err, gitrepo.ErrMissing) && repo.Partial():
		return budgets, config.FileName + " is not in this partial clone", nil
	case err != nil:
		return budgets, fmt.Sprintf("%s can't be read (%v)", config.FileName, err), nil
	}
	parsed, problems := config.Parse(config.FileName, text)
	if parsed == nil || diag.HasErrors(problems) {
		return budgets, config.FileName + " has errors, which gantline check shows", nil
	}
	return Budgets(parsed), "", nil
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
		summary = fmt.Sprintf("%s added by %s", diag.Size(report.History.Packed()), commitCount(len(report.Growth.Commits)))
	}
	return result{summary: summary}, nil
}

func commitCount(n int) string {
	if n == 1 {
		return "1 commit"
	}
	return fmt.Sprintf("%d commits", n)
}
