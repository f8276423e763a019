package workflows

import (
	"slices"

	"gantline.dev/gantline/internal/diag"
)

// duplicateFlows reports a name that two files give to their flows.
func duplicateFlows(flows []*Flow) []diag.Problem {
	var out []diag.Problem
	first := map[string]diag.Position{}
	for _, f := range flows {
		if f == nil || f.Name.V == "" {
			continue
		}
		if at, again := first[f.Name.V]; again {
			out = append(out, diag.Errorf(f.Name.Pos, "duplicate-flow", "flow %q is declared twice; first at %s", f.Name.V, at))
			continue
		}
		first[f.Name.V] = f.Name.Pos
	}
	return out
}

// launches checks every launch against the flow that it starts.
func launches(flows []*Flow, env Env) []diag.Problem {
	known := slices.Clone(env.Flows)
	byName := map[string]*Flow{}
	for _, f := range flows {
		if f != nil {
			byName[f.Name.V] = f
			known = append(known, f.Name.V)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	var out []diag.Problem
	for _, f := range flows {
		if f == nil {
			continue
		}
		for _, step := range f.written() {
			out = append(out, launchProblems(f, step.Launch, byName, known)...)
			if step.OnFailure != nil {
				out = append(out, launchProblems(f, step.OnFailure.Launch, byName, known)...)
			}
		}
	}
	return out
}

func launchProblems(f *Flow, launch *Launch, byName map[string]*Flow, known []string) []diag.Problem {
	if launch == nil || launch.Flow.V == "" {
		return nil
	}
	target, ours := byName[launch.Flow.V]
	if !ours {
		if slices.Contains(known, launch.Flow.V) {
			return nil // Argo's or Metaflow's: its parameters are not known here
		}
		return one(diag.Errorf(launch.Flow.Pos, "launch", "unknown flow %q", launch.Flow.V).
			WithHint("%s", suggestion(launch.Flow.V, without(known, f.Name.V))))
	}
	var out []diag.Problem
	for _, entry := range launch.Params {
		param, ok := target.Params.Get(entry.Key.V)
		if !ok {
			out = append(out, diag.Errorf(entry.Key.Pos, "launch", "flow %q has no parameter %q", launch.Flow.V, entry.Key.V).
				WithHint("%s", suggestion(entry.Key.V, target.Params.Keys())))
			continue
		}
		if !holdsExpression(entry.V) {
			out = append(out, paramValue("launch", entry.Key.V, param, entry.V)...)
		}
	}
	for _, param := range target.Params {
		if _, given := launch.Params.Get(param.Key.V); !given && param.V.Default == nil && param.V.Pos.IsSet() {
			out = append(out, diag.Errorf(launch.Pos, "launch", "flow %q needs parameter %q, which has no default", launch.Flow.V, param.Key.V))
		}
	}
	return out
}

// holdsExpression says whether a value is known only when the flow runs.
func holdsExpression(value *Any) bool {
	return slices.ContainsFunc(value.Strings(), func(v diag.Value[string]) bool {
		segments, _ := ParseText(v)
		return slices.ContainsFunc(segments, func(s Segment) bool { return s.Ref != nil })
	})
}
