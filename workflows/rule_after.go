package workflows

import "gantline.dev/gantline/internal/diag"

func afterRule() Rule {
	return Rule{Name: "after", check: checkAfter, Doc: "`after` names steps of the flow, each once. Steps of on_exit come after each other only: they start when the others ended."}
}

func checkAfter(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, u := range a.units {
		seen := map[string]bool{}
		for _, dep := range u.own.After {
			name := dep.Step.V
			switch {
			case name == "":
			case seen[name]:
				out = append(out, diag.Errorf(dep.Step.Pos, "after", "step %q is named twice", name))
			case a.unit(name, u.exit) != nil:
			case u.exit && a.unit(name, false) != nil:
				out = append(out, diag.Errorf(dep.Step.Pos, "after", "%q is not a step of on_exit, which starts when all of those ended", name).
					WithHint("take it out"))
			case !u.exit && a.unit(name, true) != nil:
				out = append(out, diag.Errorf(dep.Step.Pos, "after", "%q is a step of on_exit, which starts when all others ended", name))
			default:
				out = append(out, diag.Errorf(dep.Step.Pos, "after", "unknown step %q", name).
					WithHint("%s", suggestion(name, without(a.names(u.exit), u.name.V))))
			}
			seen[name] = true
		}
	}
	return out
}

// without is the names without one.
func without(names []string, name string) []string {
	var out []string
	for _, n := range names {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}
