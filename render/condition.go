package render

import (
	"encoding/json"
	"fmt"
	"regexp"

	"gantline.dev/gantline/workflows"
)

// when is an `if` as Argo takes it. Argo replaces the expression by its value
// before it reads the condition, so what it reads is true or false and never a
// user's text. inside says that the condition stands within a foreach's
// wrapper, where outputs of other steps come as inputs.
func (s *step) when(condition workflows.Cond, inside bool) string {
	return tag(s.condition(condition, inside))
}

// parseIf is the step's condition, nil where it has none.
func (s *step) parseIf() workflows.Cond {
	if s.def.If == nil {
		return nil
	}
	condition, problems := workflows.ParseCondition(*s.def.If)
	s.add(problems...)
	return condition
}

func (s *step) condition(c workflows.Cond, inside bool) string {
	switch c := c.(type) {
	case workflows.And:
		return fmt.Sprintf("(%s && %s)", s.condition(c.L, inside), s.condition(c.R, inside))
	case workflows.Or:
		return fmt.Sprintf("(%s || %s)", s.condition(c.L, inside), s.condition(c.R, inside))
	case workflows.Not:
		return fmt.Sprintf("!(%s)", s.condition(c.X, inside))
	case workflows.Compare:
		return fmt.Sprintf("%s %s %s", s.operand(c.L, inside), c.Op, s.operand(c.R, inside))
	case workflows.Operand:
		// A boolean by itself; anything else that a run puts there is not true.
		return s.operand(c, inside) + " == true"
	}
	return "false"
}

// operand is the decoded value of one side of a comparison.
func (s *step) operand(o workflows.Operand, inside bool) string {
	if literal, ok := o.(workflows.Literal); ok {
		return literalOperand(literal)
	}
	ref, ok := o.(workflows.Ref)
	if !ok {
		return "nil"
	}
	switch ref.Root {
	case workflows.RootParams:
		return "fromJSON(" + field("workflow.parameters", ref.Path[0]) + ")"
	case workflows.RootRun:
		return s.runOperand(ref)
	case workflows.RootCommit:
		return quote(s.image().Commit)
	case workflows.RootImage:
		return quote(s.image().Ref)
	case workflows.RootItem:
		return s.itemOperand(ref)
	case workflows.RootSteps:
		return s.stepOperand(ref, inside)
	}
	s.notYet(ref)
	return "nil"
}

// shortNumber matches numbers that mean the same to Argo's expressions.
var shortNumber = regexp.MustCompile(`^-?\d{1,15}(\.\d{1,15})?$`)

func literalOperand(literal workflows.Literal) string {
	switch value := literal.Value.(type) {
	case string:
		return quote(value)
	case bool:
		return fmt.Sprint(value)
	case json.Number:
		if shortNumber.MatchString(value.String()) {
			return value.String()
		}
		return "fromJSON(" + quote(value.String()) + ")"
	}
	return "nil"
}

func (s *step) runOperand(ref workflows.Ref) string {
	switch ref.Path[0] {
	case "id":
		return "workflow.uid"
	case "name":
		return "workflow.name"
	case "started":
		return "workflow.creationTimestamp.RFC3339"
	case "scheduled":
		return "(" + runScheduled + ")"
	case "verdict":
		return "(" + runVerdict + ")"
	}
	s.notYet(ref)
	return "nil"
}

func (s *step) stepOperand(ref workflows.Ref, inside bool) string {
	if len(ref.Path) == 2 && !inside {
		return resultOf(ref.Step())
	}
	if inside {
		return "fromJSON(" + field("inputs.parameters", s.bind(ref)) + ")"
	}
	return "fromJSON(" + s.stepValue(ref) + ")"
}
