package render

import (
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// steps is the steps of one DAG with the flow's defaults merged in.
type steps = diag.Dict[*workflows.Step]

// graph answers what the steps of one DAG wait for.
type graph struct {
	steps steps
	// leftOut says of a step whether a skip before it can leave it out.
	leftOut map[string]bool
}

func newGraph(all steps) graph {
	g := graph{steps: all, leftOut: map[string]bool{}}
	for _, entry := range all {
		g.fill(entry.Key.V)
	}
	return g
}

// fill decides leftOut of a step after that of the steps before it.
func (g graph) fill(name string) {
	if _, known := g.leftOut[name]; known {
		return
	}
	g.leftOut[name] = false
	for _, dep := range g.after(name) {
		g.fill(dep.Step.V)
		if !dep.AllowSkipped && g.skippable(dep.Step.V) {
			g.leftOut[name] = true
		}
	}
}

func (g graph) after(name string) workflows.After {
	if step, ok := g.steps.Get(name); ok {
		return step.After
	}
	return nil
}

// skippable says whether the step can be skipped, or left out by a skip.
func (g graph) skippable(name string) bool {
	step, ok := g.steps.Get(name)
	return ok && hasOwnCondition(step) || g.leftOut[name]
}

// hasOwnCondition says whether an `if` decides about the step as a whole; one
// that reads the item decides about each item.
func hasOwnCondition(step *workflows.Step) bool {
	if step.If == nil {
		return false
	}
	condition, _ := workflows.ParseCondition(*step.If) // problems are reported where it is rendered
	return !readsItem(condition)
}

// depends is the condition on which a step starts: each step that it is after
// ended in a way that it accepts.
func (g graph) depends(name string) string {
	after := g.after(name)
	clauses := make([]string, 0, len(after))
	for _, dep := range after {
		clause := g.accepted(dep)
		if len(after) > 1 && strings.Contains(clause, "||") {
			clause = "(" + clause + ")"
		}
		clauses = append(clauses, clause)
	}
	return strings.Join(clauses, " && ")
}

// accepted is the ends of one step that another accepts.
func (g graph) accepted(dep workflows.Dep) string {
	name := dep.Step.V
	ends := []string{name + ".Succeeded"}
	if dep.AllowFailed {
		ends = append(ends, name+".Failed", name+".Errored")
	}
	if dep.AllowSkipped {
		ends = append(ends, name+".Skipped")
		if g.leftOut[name] {
			ends = append(ends, "("+g.omittedBySkip(name)+")")
		}
	}
	return strings.Join(ends, " || ")
}

// omittedBySkip holds where Argo left the step out and no failure is the
// reason: to Argo a step whose parent was skipped is Omitted, like one whose
// parent failed. A failure is the reason exactly where a step failed that
// another on the way to this one does not accept as failed.
func (g graph) omittedBySkip(name string) string {
	blockers := map[string]bool{}
	g.blockers(name, blockers, map[string]bool{})
	terms := []string{name + ".Omitted"}
	for _, entry := range g.steps {
		if blockers[entry.Key.V] {
			terms = append(terms, "!"+entry.Key.V+".Failed", "!"+entry.Key.V+".Errored")
		}
	}
	return strings.Join(terms, " && ")
}

// needs says whether the step never runs after a failure of the other one.
func (g graph) needs(name, other string) bool {
	found := map[string]bool{}
	g.blockers(name, found, map[string]bool{})
	return found[other]
}

// blockers collects the steps whose failure leaves out the named one.
func (g graph) blockers(name string, found, seen map[string]bool) {
	if seen[name] {
		return
	}
	seen[name] = true
	for _, dep := range g.after(name) {
		if !dep.AllowFailed {
			found[dep.Step.V] = true
		}
		g.blockers(dep.Step.V, found, seen)
	}
}

// verdict is the condition on which the DAG succeeded: every step ended well.
// A step that Argo left out is no reason by itself: if a failure did it, the
// step that failed is one.
func (g graph) verdict() string {
	clauses := make([]string, 0, len(g.steps))
	for _, entry := range g.steps {
		ends := []string{entry.Key.V + ".Succeeded"}
		if g.skippable(entry.Key.V) {
			ends = append(ends, entry.Key.V+".Skipped")
		}
		if g.leftOut[entry.Key.V] {
			ends = append(ends, entry.Key.V+".Omitted")
		}
		clause := strings.Join(ends, " || ")
		if len(ends) > 1 && len(g.steps) > 1 {
			clause = "(" + clause + ")"
		}
		clauses = append(clauses, clause)
	}
	return strings.Join(clauses, " && ")
}
