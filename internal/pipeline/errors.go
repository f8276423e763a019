package pipeline

import (
	"fmt"

	"gantline.dev/gantline/internal/diag"
)

// InvalidError says that what the repository declares has errors: gantline.yaml,
// a flow, the lock. It carries every problem, each at its position.
type InvalidError struct {
	Problems []diag.Problem
}

// Error counts the problems; they are shown by whoever has the value.
func (e *InvalidError) Error() string {
	count := 0
	for _, problem := range e.Problems {
		if problem.Severity != diag.Warning {
			count++
		}
	}
	if count == 1 {
		return "1 problem found; nothing was done"
	}
	return fmt.Sprintf("%d problems found; nothing was done", count)
}

// RefusedError says that a guard stopped the work: a budget, a stale plan, the
// wrong commit. Nothing was changed.
type RefusedError struct {
	// Reasons is why, a sentence each.
	Reasons []string
	// Hint says what the user can do.
	Hint string
}

// Error is the reasons and the hint, a line each.
func (e *RefusedError) Error() string {
	text := "refused: "
	for i, reason := range e.Reasons {
		if i > 0 {
			text += "\n  "
		}
		text += reason
	}
	if e.Hint != "" {
		text += "\n  " + e.Hint
	}
	return text
}
