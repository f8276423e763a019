package workflows

import "gantline.dev/gantline/internal/diag"

func paramRule() Rule {
	return Rule{Name: "param", check: checkParams, Doc: "A parameter's default and enum fit its type, and the default is one of the enum. " +
		"A parameter that is required has no default. The defaults of outputs fit their types."}
}

func checkParams(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, entry := range a.flow.Params {
		name, param := entry.Key.V, entry.V
		out = append(out, paramValue("param", name, param, param.Default)...)
		out = append(out, enumProblems(name, param)...)
		if param.Required != nil && param.Required.V && param.Default != nil {
			out = append(out, diag.Errorf(param.Required.Pos, "param", "parameter %q is required and has a default, so no run must set it", name).
				WithHint("take out one of the two"))
		}
	}
	for _, u := range a.units {
		for _, output := range u.own.Outputs {
			if wrong := fits(output.V.Default, output.V.TypeOf()); wrong != "" {
				out = append(out, diag.Errorf(output.V.Default.Pos, "param", "default of output %q: %s", output.Key.V, wrong))
			}
		}
	}
	return out
}

func enumProblems(name string, param *Param) []diag.Problem {
	var out []diag.Problem
	seen := map[string]bool{}
	if param.TypeOf() == JSONType && len(param.Enum) > 0 {
		return one(diag.Errorf(param.Enum[0].Pos, "param", "parameter %q of type json can't have an enum", name))
	}
	for _, value := range param.Enum {
		if !textFits(value.V, param.TypeOf()) {
			out = append(out, diag.Errorf(value.Pos, "param", "parameter %q: %q is no value of type %s", name, value.V, param.TypeOf()))
		}
		if seen[value.V] {
			out = append(out, diag.Errorf(value.Pos, "param", "parameter %q: %q stands twice in its enum", name, value.V))
		}
		seen[value.V] = true
	}
	return out
}
