// Package diag is what gantline.yaml, flows and the lock file are read with:
// positions on every scalar, problems collected instead of thrown, and one set
// of Go types that is both what is decoded into and what the JSON schema is
// made from.
//
// A newcomer starts at Decode: it reads one YAML document into a struct whose
// fields are tagged
//
//	Name  diag.Value[string] `yaml:"name" doc:"What it is." example:"train"`
//	Limit *diag.Value[int]   `yaml:"limit" doc:"Attempts after the first."`
//
// and reports every problem of the file in one go, each at its file, line and
// column. Types with several spellings implement Decoder and Schemer. Schema
// writes the JSON schema of the same struct.
//
// YAML's own nodes are seen in this package alone; the rest of Gantline sees
// Node.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a file. Line and Column count from 1; Column counts
// characters (runes), as editors do. The zero Line means the file as a whole.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// String is file:line:col, or the file alone where no line is known.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// IsSet says whether the position is a place in a file rather than the file as
// a whole or nothing.
func (p Position) IsSet() bool { return p.Line > 0 }

// Value is a scalar with the place it was read from.
type Value[T any] struct {
	V   T
	Pos Position
	// Node is the YAML that the value was read from, nil for a value made in
	// code. It maps an offset inside a string to its own position.
	Node *Node
}

// At is the position of the byte offset within a string value.
func (v Value[T]) At(offset int) Position {
	if v.Node == nil {
		return v.Pos
	}
	return v.Node.At(offset)
}

// IsSet says whether the value was present in the file.
func (v Value[T]) IsSet() bool { return v.Pos.Line > 0 }

// Of makes a value without a position: a default, or one made in a test.
func Of[T any](v T) Value[T] { return Value[T]{V: v} }

// Severity says whether a problem stops the work.
type Severity string

// An Error stops the work; a Warning is shown and does not.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is one thing that is wrong at one place.
type Problem struct {
	Position
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	// Hint says what to do, where the user can do something.
	Hint string `json:"hint,omitempty"`
}

// String is file:line:col: message [rule], the form that editors jump by.
func (p Problem) String() string {
	text := fmt.Sprintf("%s: %s [%s]", p.Position, p.Message, p.Rule)
	if p.Severity == Warning {
		text = fmt.Sprintf("%s: warning: %s [%s]", p.Position, p.Message, p.Rule)
	}
	if p.Hint != "" {
		text += "\n  " + p.Hint
	}
	return text
}

// Errorf makes a problem of severity Error.
func Errorf(pos Position, rule, format string, args ...any) Problem {
	return Problem{Position: pos, Rule: rule, Severity: Error, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a problem of severity Warning.
func Warnf(pos Position, rule, format string, args ...any) Problem {
	return Problem{Position: pos, Rule: rule, Severity: Warning, Message: fmt.Sprintf(format, args...)}
}

// WithHint is the problem with a hint.
func (p Problem) WithHint(format string, args ...any) Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// HasErrors says whether any of the problems stops the work.
func HasErrors(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity != Warning })
}

// Sorted is the problems by file, line, column and message, each once.
func Sorted(problems []Problem) []Problem {
	out := slices.Clone(problems)
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(
			strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(out)
}

// maxNearest is the longest name that Nearest compares: the work grows with
// the product of the lengths.
const maxNearest = 100

// Nearest is the candidate most like the name, and whether one is near enough
// to suggest: a third of the letters and one more may differ, but not all.
func Nearest(name string, candidates []string) (string, bool) {
	best, bestDistance := "", min(len(name)/3+2, len(name))
	for _, candidate := range candidates {
		if len(name) > maxNearest || len(candidate) > maxNearest {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best, best != ""
}

// distance is the Levenshtein distance, with a swap of neighbours as one step.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
