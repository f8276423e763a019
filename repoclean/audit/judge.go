package audit

import (
	"fmt"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/repoclean"
)

// Judged is the report with the budgets that it is held to, and those it passes. Those of growth are for
// the report of a range; that of the context is repoclean.JudgeContext's.
func (r Report) Judged(b repoclean.Budgets) Report {
	r.Breaches = []repoclean.Breach{}
	r.Budgets = r.limits(b)
	if r.Growth == nil {
		r.Breaches = append(r.Breaches, judgeFiles(r.LargestInTree, b.File)...)
		return r
	}
	r.Breaches = append(r.Breaches, r.judgeGrowth(b.CommitGrowth)...)
	r.Breaches = append(r.Breaches, judgeFiles(r.Largest, b.File)...)
	return r
}

// limits are the budgets that are for such a report, nil for none.
func (r Report) limits(b repoclean.Budgets) *Limits {
	limits := Limits{File: b.File}
	if r.Growth != nil {
		limits.CommitGrowth = b.CommitGrowth
	}
	if limits == (Limits{}) {
		return nil
	}
	return &limits
}

func (r Report) judgeGrowth(limit int64) []repoclean.Breach {
	added := r.History.Packed()
	if limit <= 0 || added <= limit {
		return nil
	}
	breach := repoclean.Breach{
		Budget: "commit_growth", Limit: limit, Actual: added,
		Message: fmt.Sprintf("%s %s, packed, to history, more than budgets.commit_growth (%s)",
			adding(len(r.Growth.Commits)), diag.Size(added), diag.Size(limit)),
		Hint: "keep large files in Git LFS or outside the repository and take them out of the commits before they are merged, or raise the budget",
	}
	var most CommitGrowth
	for _, c := range r.Growth.Commits {
		if c.Added.Packed > most.Added.Packed {
			most = c
		}
	}
	breach.Commit = most.Commit
	if len(r.Largest) > 0 {
		breach.Path = r.Largest[0].Path
	}
	return []repoclean.Breach{breach}
}

func judgeFiles(blobs []Blob, limit int64) []repoclean.Breach {
	var breaches []repoclean.Breach
	for _, f := range blobs {
		if limit > 0 && f.Bytes > limit {
			breaches = append(breaches, repoclean.Breach{
				Budget: "file", Limit: limit, Actual: f.Bytes, Path: f.Path, Commit: f.Commit,
				Message: fmt.Sprintf("%q has %s, more than budgets.file (%s)", f.Path, diag.Size(f.Bytes), diag.Size(limit)),
				Hint:    "keep it in Git LFS or outside the repository, or raise the budget",
			})
		}
	}
	return breaches
}

// adding begins a sentence of so many commits.
func adding(commits int) string {
	if commits == 1 {
		return "1 commit adds"
	}
	return fmt.Sprintf("%d commits add", commits)
}
