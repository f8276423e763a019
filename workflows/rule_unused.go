package workflows

import "gantline.dev/gantline/internal/diag"

func unusedRule() Rule {
	return Rule{Name: "unused-param", check: checkUnused, Doc: "A warning: no expression reads a parameter, so setting it changes nothing."}
}

func checkUnused(a *analysis) []diag.Problem {
	used := map[string]bool{}
	note := func(uses []use) {
		for _, use := range uses {
			if use.ref.Root == RootParams {
				used[use.ref.Path[0]] = true
			}
		}
	}
	note(a.uses)
	for _, u := range a.units {
		for _, site := range u.step.Sites() {
			if _, problems := site.refs(a.flow.shell(u.own)); len(problems) > 0 {
				return nil // what a broken expression reads is not known
			}
		}
		note(u.uses)
	}
	var out []diag.Problem
	for _, param := range a.flow.Params {
		if !used[param.Key.V] {
			out = append(out, diag.Warnf(param.Key.Pos, "unused-param", "parameter %q is not used", param.Key.V).
				WithHint("read it as ${{ params.%s }}, or take it out", param.Key.V))
		}
	}
	return out
}
