package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/config"
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
	// Hints say what the user can do, each once.
	Hints []string
}

// add is one more reason; its hint, where there is one, may be that of another
// reason too.
func (e *RefusedError) add(reason, hint string) {
	if !slices.Contains(e.Reasons, reason) {
		e.Reasons = append(e.Reasons, reason)
	}
	if hint != "" && !slices.Contains(e.Hints, hint) {
		e.Hints = append(e.Hints, hint)
	}
}

// Error is the reasons and the hints, a line each.
func (e *RefusedError) Error() string {
	return "refused: " + strings.Join(slices.Concat(e.Reasons, e.Hints), "\n  ")
}

// UnknownNameError names something that gantline.yaml does not declare: a
// deploy target, an image.
type UnknownNameError struct {
	// What is its kind in words, Key where such things are declared.
	What, Key string
	Name      string
	Known     []string
}

// Error suggests the nearest, or lists what there is.
func (e *UnknownNameError) Error() string {
	text := fmt.Sprintf("%s declares no %s %q", config.FileName, e.What, e.Name)
	if near, ok := diag.Nearest(e.Name, e.Known); ok {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	if len(e.Known) == 0 {
		return text + "; add one under " + e.Key
	}
	return text + "; it has " + strings.Join(e.Known, ", ")
}

// NotBuiltError says that the registry has no image for the commit.
type NotBuiltError struct {
	Image string
	// Commit is how the commit is written in messages.
	Commit string
}

// Error names the command that builds it.
func (e *NotBuiltError) Error() string {
	return fmt.Sprintf("image %q of commit %s is not built; build it with: gantline build %s", e.Image, e.Commit, e.Commit)
}
