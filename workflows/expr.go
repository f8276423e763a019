package workflows

import (
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// The roots of references, the first names of an expression.
const (
	RootParams  = "params"
	RootSteps   = "steps"
	RootItem    = "item"
	RootRun     = "run"
	RootCommit  = "commit"
	RootImage   = "image"
	RootFailure = "failure"
)

// Roots is every name that a reference can start with.
func Roots() []string {
	return []string{RootParams, RootSteps, RootItem, RootRun, RootCommit, RootImage, RootFailure}
}

// Ref is a reference to a value: params.model, steps.train.outputs.checkpoint.
type Ref struct {
	Pos diag.Position
	// Root is one of Roots.
	Root string
	// Path is the names after the root: for params the parameter, for steps
	// the step, then "outputs" or "artifacts" and a name, or "result"; for item
	// a key of a product or nothing.
	Path []string
}

// String is the reference as it is written in a flow.
func (r Ref) String() string { return strings.Join(append([]string{r.Root}, r.Path...), ".") }

// Is says whether the reference is exactly that one, its position aside.
func (r Ref) Is(text string) bool { return r.String() == text }

// Step is the step that the reference reads from, "" where it reads from none.
func (r Ref) Step() string {
	if r.Root == RootSteps && len(r.Path) > 0 {
		return r.Path[0]
	}
	return ""
}

// Output is the output that the reference reads, "" where it reads none.
func (r Ref) Output() string {
	if r.Root == RootSteps && len(r.Path) == 3 && r.Path[1] == "outputs" {
		return r.Path[2]
	}
	return ""
}

// Segment is one piece of a string with expressions in it: literal text, or a
// reference; exactly one is set.
type Segment struct {
	Pos  diag.Position
	Text string
	Ref  *Ref
}

// Cond is a condition: And, Or, Not, Compare, or an Operand that is a boolean
// (a Ref to one, or a Literal).
type Cond interface{ cond() }

// Operand is one side of a comparison: a Ref or a Literal.
type Operand interface {
	Cond
	operand()
}

// And holds where both sides hold.
type And struct{ L, R Cond }

// Or holds where a side holds.
type Or struct{ L, R Cond }

// Not holds where X does not.
type Not struct{ X Cond }

// Compare compares two values. Op is one of == != < <= > >=.
type Compare struct {
	Pos  diag.Position
	Op   string
	L, R Operand
}

// Literal is a value written out in a condition. Value is a string, a bool or
// a json.Number.
type Literal struct {
	Pos   diag.Position
	Value any
}

func (And) cond()        {}
func (Or) cond()         {}
func (Not) cond()        {}
func (Compare) cond()    {}
func (Ref) cond()        {}
func (Literal) cond()    {}
func (Ref) operand()     {}
func (Literal) operand() {}

// CondRefs is the references of a condition, from left to right.
func CondRefs(c Cond) []Ref {
	switch c := c.(type) {
	case And:
		return append(CondRefs(c.L), CondRefs(c.R)...)
	case Or:
		return append(CondRefs(c.L), CondRefs(c.R)...)
	case Not:
		return CondRefs(c.X)
	case Compare:
		return append(CondRefs(c.L), CondRefs(c.R)...)
	case Ref:
		return []Ref{c}
	}
	return nil
}
