package repoclean

import (
	"fmt"

	"gantline.dev/gantline/internal/diag"
)

// Budgets are sizes in bytes that an audit must not pass; 0 is no budget.
type Budgets struct {
	// CommitGrowth is for what a range adds to history, packed.
	CommitGrowth int64
	// File is for each file: those that a range brings, or without a range
	// those of the commit.
	File int64
	// Context is for all files that go into an image.
	Context int64
}

// Breach is a budget that was passed.
type Breach struct {
	// Budget is its key under budgets: in gantline.yaml.
	Budget string `json:"budget"`
	// Limit and Actual are in bytes.
	Limit  int64 `json:"limit"`
	Actual int64 `json:"actual"`
	// Path and Commit are what passed it, where it is one file or commit.
	Path   string `json:"path,omitempty"`
	Commit string `json:"commit,omitempty"`
	// Message says what happened, Hint what the user can do.
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Judge compares a report with the budgets. Those of growth need a report of a
// range; that of the context is JudgeContext's.
func Judge(r Report, b Budgets) []Breach {
	var breaches []Breach
	if r.Growth != nil {
		breaches = append(breaches, judgeGrowth(*r.Growth, b.CommitGrowth)...)
		return append(breaches, judgeFiles(r.Growth.Largest, b.File)...)
	}
	return append(breaches, judgeFiles(r.LargestInTree, b.File)...)
}

func judgeGrowth(g Growth, limit int64) []Breach {
	if limit <= 0 || g.Added.Packed <= limit {
		return nil
	}
	breach := Breach{
		Budget: "commit_growth", Limit: limit, Actual: g.Added.Packed,
		Message: fmt.Sprintf("%d commits add %s, packed, to history, more than budgets.commit_growth (%s)",
			len(g.Commits), diag.Size(g.Added.Packed), diag.Size(limit)),
		Hint: "keep large files in Git LFS or outside the repository and take them out of the commits before they are merged, or raise the budget",
	}
	var most CommitGrowth
	for _, c := range g.Commits {
		if c.Added.Packed > most.Added.Packed {
			most = c
		}
	}
	breach.Commit = most.Commit
	if len(g.Largest) > 0 {
		breach.Path = g.Largest[0].Path
	}
	return []Breach{breach}
}

func judgeFiles(blobs []Blob, limit int64) []Breach {
	var breaches []Breach
	for _, f := range blobs {
		if limit > 0 && f.Bytes > limit {
			breaches = append(breaches, Breach{
				Budget: "file", Limit: limit, Actual: f.Bytes, Path: f.Path, Commit: f.Commit,
				Message: fmt.Sprintf("%q has %s, more than budgets.file (%s)", f.Path, diag.Size(f.Bytes), diag.Size(limit)),
				Hint:    "keep it in Git LFS or outside the repository, or raise the budget",
			})
		}
	}
	return breaches
}

// JudgeContext compares what goes into an image with the budget for it.
func JudgeContext(c Context, b Budgets) []Breach {
	if b.Context <= 0 || c.Included.Bytes <= b.Context {
		return nil
	}
	return []Breach{{
		Budget: "context", Limit: b.Context, Actual: c.Included.Bytes,
		Message: fmt.Sprintf("%d files with %s go into the image, more than budgets.context (%s)",
			c.Included.Files, diag.Size(c.Included.Bytes), diag.Size(b.Context)),
		Hint: "leave files out with patterns in context.exclude (gantline files shows the largest), or raise the budget",
	}}
}
