package workflows

import (
	"regexp"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func envRule() Rule {
	return Rule{Name: "env", check: checkEnv, Doc: "Environment variables are letters, digits and underscores, not starting with a digit; each is set once by a step, by env or by secrets. " +
		"Names that start with GANTLINE_ are gantline's own."}
}

func checkEnv(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, step := range a.flow.written() {
		seen := map[string]diag.Position{}
		for _, entry := range step.Env {
			out = append(out, variableProblems(entry.Key)...)
			seen[entry.Key.V] = entry.Key.Pos
		}
		for _, secret := range step.Secrets {
			if secret == nil || secret.Env == nil || secret.Env.V == "" {
				continue
			}
			out = append(out, variableProblems(*secret.Env)...)
			if first, again := seen[secret.Env.V]; again {
				out = append(out, diag.Errorf(secret.Env.Pos, "env", "variable %q is set twice; first at line %d", secret.Env.V, first.Line))
			}
			seen[secret.Env.V] = secret.Env.Pos
		}
	}
	return out
}

func variableProblems(name diag.Value[string]) []diag.Problem {
	switch {
	case !variableName.MatchString(name.V):
		return one(diag.Errorf(name.Pos, "env", "%q is no name of an environment variable", name.V).
			WithHint("letters, digits and underscores, not starting with a digit"))
	case strings.HasPrefix(name.V, "GANTLINE_"):
		return one(diag.Errorf(name.Pos, "env", "variable %q: names that start with GANTLINE_ are gantline's own", name.V))
	}
	return nil
}
