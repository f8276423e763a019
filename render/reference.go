package render

import (
	"encoding/json"
	"fmt"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// The values of a reference are written in two ways: encoded, as they travel
// to a container (runValue, stepValue), and as Argo's expressions see them when
// they decide about a `when` (operand, in condition.go).

// Expressions over what Argo knows of a run. A run that no schedule started
// has no scheduledTime: its start stands in.
const (
	runScheduled = "workflow?.scheduledTime ?? workflow.creationTimestamp.RFC3339"
	runVerdict   = "workflow.status == 'Succeeded' ? 'succeeded' : 'failed'"
)

// runValue is run.… encoded. Names and identifiers that Argo makes hold
// nothing that would need an escape.
func (s *step) runValue(ref workflows.Ref) string {
	switch ref.Path[0] {
	case "id":
		return `"{{workflow.uid}}"`
	case "name":
		return `"{{workflow.name}}"`
	case "started":
		return `"{{workflow.creationTimestamp.RFC3339}}"`
	case "scheduled":
		return tag("toJson(" + runScheduled + ")")
	case "verdict":
		return tag("toJson(" + runVerdict + ")")
	}
	s.notYet(ref)
	return ""
}

// stepValue is the expression for the encoded value of steps.….
func (s *step) stepValue(ref workflows.Ref) string {
	from, ok := s.dag.steps.Get(ref.Step())
	switch {
	case !ok:
		s.errorf(ref.Pos, ruleNotRendered, "%q reads from a step outside of this part of the flow; "+
			"that is recognised, but not rendered yet", ref)
		return ""
	case len(ref.Path) == 2:
		return "toJson(" + resultOf(ref.Step()) + ")"
	case ref.Output() == "":
		s.notYet(ref)
		return ""
	case from.Foreach != nil:
		return s.joinValue(ref, from)
	}
	output, _ := from.Outputs.Get(ref.Output())
	return outputOf(ref.Step(), ref.Output(), s.outputDefault(output, ""))
}

// joinValue is the expression for the outputs of all items, as wire's Join
// reads them: a list of strings, each an encoded value. Argo itself would
// decode elements that are all objects or lists, and their text would no
// longer be inert; so they travel as strings within strings (foreach.go), and
// are taken out here.
func (s *step) joinValue(ref workflows.Ref, from *workflows.Step) string {
	if !s.dag.needs(s.name.V, ref.Step()) {
		s.errorf(ref.Pos, ruleNotRendered, "reading the outputs of a foreach that may have failed is recognised, but not rendered yet")
	}
	output, _ := from.Outputs.Get(ref.Output())
	list := outputOf(ref.Step(), ref.Output(), "[]")
	if output != nil && output.TypeOf() == workflows.JSONType {
		return "toJson(map(fromJSON(" + list + "), fromJSON(#)))"
	}
	return list
}

// isJoin says whether the reference denotes the outputs of a foreach's items.
func (s *step) isJoin(ref workflows.Ref) bool {
	from, ok := s.dag.steps.Get(ref.Step())
	return ok && from.Foreach != nil && ref.Output() != ""
}

// outputDefault is the declared default of an output, encoded, or what is
// given where there is none.
func (s *step) outputDefault(output *workflows.Output, otherwise string) string {
	if output == nil || output.Default == nil {
		return otherwise
	}
	return s.encode(output.Default.Pos, typed(output.Default, output.TypeOf()))
}

// resultOf is the expression for steps.<step>.result.
func resultOf(task string) string {
	status := "tasks[" + quote(task) + "]?.status"
	return fmt.Sprintf("(%s == 'Succeeded' ? 'succeeded' : %s in ['Failed', 'Error'] ? 'failed' : 'skipped')", status, status)
}

// typed is a value of the file as its declared type has it: a string may be
// written as a number, and a number in quotes.
func typed(value *workflows.Any, t workflows.Type) any {
	node := value.Node
	switch {
	case t == workflows.StringType && node.Kind != diag.List && node.Kind != diag.Map:
		return node.Text
	case node.Kind == diag.String && (t.Numeric() || t == workflows.BoolType) && json.Valid([]byte(node.Text)):
		return json.RawMessage(node.Text)
	}
	return value.JSON()
}
