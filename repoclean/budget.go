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
	// Context is for all files that go into an image, data that it names aside.
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

// JudgeContext compares what goes into an image with the budget for it. Data
// that images name is no part of it: its layers cost nothing but where it
// changes.
func JudgeContext(c Context, b Budgets) []Breach {
	sum := c.Included
	sum.Files -= c.Reasons[DataLayer].Files
	sum.Bytes -= c.Reasons[DataLayer].Bytes
	if b.Context <= 0 || sum.Bytes <= b.Context {
		return nil
	}
	return []Breach{{
		Budget: "context", Limit: b.Context, Actual: sum.Bytes,
		Message: fmt.Sprintf("%d files with %s go into the image, more than budgets.context (%s)",
			sum.Files, diag.Size(sum.Bytes), diag.Size(b.Context)),
		Hint: "leave files out with patterns in context.exclude (gantline files shows the largest), or raise the budget",
	}}
}
