package workflows

import (
	"fmt"
	"slices"

	"gantline.dev/gantline/internal/diag"
)

func missingOutputRule() Rule {
	return Rule{Name: "missing-output", check: checkMissingOutputs, Doc: "An output that may be missing when it is read has a default: that of a step which may have been skipped, " +
		"or may have failed while the run went on. Outputs of a foreach are a list with null where an item failed, and need none for that."}
}

func checkMissingOutputs(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, u := range a.units {
		upstream := u.upstream()
		for _, use := range u.uses {
			from := a.unit(use.ref.Step(), u.exit)
			if from == nil || from == u || !upstream[from] || use.ref.Output() == "" {
				continue
			}
			output, ok := from.step.Outputs.Get(use.ref.Output())
			if !ok || output.Default != nil {
				continue
			}
			if why := mayMiss(u, from, map[*unit]bool{}); why != "" {
				out = append(out, diag.Errorf(use.ref.Pos, "missing-output", "output %q may be missing here: %s", use.ref.Output(), why).
					WithHint("%s", missingHint(u, from, use.ref.Output())))
			}
		}
	}
	return out
}

// missingHint is a default, or, where that would vouch for the output and the
// reader does not do so yet, to wait for the step itself.
func missingHint(u, from *unit, output string) string {
	hint := fmt.Sprintf("give it a default: outputs: {%s: {default: …}}", output)
	direct := slices.ContainsFunc(u.deps, func(e edge) bool { return e.to == from })
	if direct || from.continues() {
		return hint
	}
	return hint + fmt.Sprintf("; or name step %q in after", from.name.V)
}

// mayMiss says why a step can run without another one having succeeded, ""
// where it can't. Each way through after that vouches for the other is enough,
// since all of after must hold.
func mayMiss(u, from *unit, visiting map[*unit]bool) string {
	if visiting[u] {
		return ""
	}
	visiting[u] = true
	defer delete(visiting, u)
	why := ""
	for _, edge := range u.deps {
		reason := ""
		switch {
		case edge.to != from && !edge.to.upstream()[from]:
			continue
		case edge.dep.AllowSkipped:
			reason = "step \"" + edge.to.name.V + "\" may have been skipped"
		case edge.to != from:
			reason = mayMiss(edge.to, from, visiting)
		case from.step.Foreach != nil:
		case edge.dep.AllowFailed || from.continues():
			reason = "step \"" + from.name.V + "\" may have failed"
		}
		if reason == "" {
			return ""
		}
		why = reason
	}
	return why
}
