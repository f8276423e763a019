package render

import (
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// steps is the steps of one DAG with the flow's defaults merged in.
type steps = diag.Dict[*workflows.Step]

// depends is the condition on which a step starts: each step that it is after
// ended in a way that it accepts.
func depends(all steps, name string) string {
	self, _ := all.Get(name)
	var clauses []string
	for _, dep := range self.After {
		clause := accepted(all, dep)
		if len(self.After) > 1 && strings.Contains(clause, "||") {
			clause = "(" + clause + ")"
		}
		clauses = append(clauses, clause)
	}
	return strings.Join(clauses, " && ")
}

// accepted is the ends of one step that another accepts.
func accepted(all steps, dep workflows.Dep) string {
	name := dep.Step.V
	ends := []string{name + ".Succeeded"}
	if dep.AllowFailed {
		ends = append(ends, name+".Failed", name+".Errored")
	}
	if dep.AllowSkipped {
		ends = append(ends, name+".Skipped")
		if leftOut(all, name) {
			ends = append(ends, "("+omittedBySkip(all, name)+")")
		}
	}
	return strings.Join(ends, " || ")
}

// omittedBySkip holds where Argo left the step out and no failure is the
// reason: to Argo a step whose parent was skipped is Omitted, like one whose
// parent failed. A failure is the reason exactly where a step failed that
// another on the way to this one does not accept as failed.
func omittedBySkip(all steps, name string) string {
	terms := []string{name + ".Omitted"}
	for _, entry := range all {
		if blocks(all, entry.Key.V, name) {
			terms = append(terms, "!"+entry.Key.V+".Failed", "!"+entry.Key.V+".Errored")
		}
	}
	return strings.Join(terms, " && ")
}

// blocks says whether a failure of one step leaves out the other.
func blocks(all steps, failed, name string) bool {
	for _, on := range append(ancestors(all, name), name) {
		step, _ := all.Get(on)
		for _, dep := range step.After {
			if dep.Step.V == failed && !dep.AllowFailed {
				return true
			}
		}
	}
	return false
}

// leftOut says whether the step can be left out because a step before it was
// skipped.
func leftOut(all steps, name string) bool {
	step, _ := all.Get(name)
	return slices.ContainsFunc(step.After, func(dep workflows.Dep) bool {
		return !dep.AllowSkipped && skippable(all, dep.Step.V) || leftOut(all, dep.Step.V) && !dep.AllowSkipped
	})
}

// skippable says whether the step can be skipped or left out by a skip.
func skippable(all steps, name string) bool {
	step, _ := all.Get(name)
	return step.If != nil || leftOut(all, name)
}

// ancestors is every step that must end before this one, in no order.
func ancestors(all steps, name string) []string {
	var found []string
	var visit func(string)
	visit = func(at string) {
		step, ok := all.Get(at)
		if !ok {
			return
		}
		for _, dep := range step.After {
			if !slices.Contains(found, dep.Step.V) {
				found = append(found, dep.Step.V)
				visit(dep.Step.V)
			}
		}
	}
	visit(name)
	return found
}

// verdict is the condition on which a DAG succeeded: every step ended well. A
// step that Argo left out is no reason by itself: if a failure did it, the
// step that failed is one.
func verdict(all steps) string {
	var clauses []string
	for _, entry := range all {
		name := entry.Key.V
		clause := name + ".Succeeded || " + name + ".Skipped"
		if leftOut(all, name) {
			clause += " || " + name + ".Omitted"
		}
		clauses = append(clauses, "("+clause+")")
	}
	return strings.Join(clauses, " && ")
}
