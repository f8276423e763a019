package workflows

import "gantline.dev/gantline/internal/diag"

func referenceRule() Rule {
	return Rule{Name: "reference", check: checkReferences, Doc: "An expression names what exists: a declared parameter, a step and its declared output. " +
		"item is known in a step with foreach, failure in on_failure, run.verdict in on_exit."}
}

func checkReferences(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, use := range a.uses {
		if use.ref.Root != RootParams {
			out = append(out, diag.Errorf(use.ref.Pos, "reference", "%s is not known in %s, only params are", use.ref, use.site.Field))
			continue
		}
		out = append(out, a.paramReference(use.ref)...)
	}
	for _, u := range a.units {
		for _, use := range u.uses {
			out = append(out, a.reference(u, use)...)
		}
	}
	return out
}

func (a *analysis) reference(u *unit, use use) []diag.Problem {
	ref := use.ref
	if use.site.Kind == ArtifactSite && (len(ref.Path) != 3 || ref.Path[1] != "artifacts") {
		return one(diag.Errorf(ref.Pos, "reference", "%s is not an artifact", ref).WithHint("write steps.<step>.artifacts.<artifact>"))
	}
	switch ref.Root {
	case RootParams:
		return a.paramReference(ref)
	case RootSteps:
		return a.stepReference(u, use)
	case RootItem:
		return itemReference(u.step.Foreach, use)
	case RootFailure:
		if !use.site.Handler {
			return one(diag.Errorf(ref.Pos, "reference", "%s is known in on_failure only", ref))
		}
	case RootRun:
		if ref.Is("run.verdict") && !u.exit {
			return one(diag.Errorf(ref.Pos, "reference", "run.verdict is known in on_exit only: the run has none yet"))
		}
	}
	return nil
}

func one(p diag.Problem) []diag.Problem { return []diag.Problem{p} }

func (a *analysis) paramReference(ref Ref) []diag.Problem {
	if _, ok := a.flow.Params.Get(ref.Path[0]); ok {
		return nil
	}
	return one(diag.Errorf(ref.Pos, "reference", "unknown parameter %q", ref.Path[0]).
		WithHint("%s", suggestion(ref.Path[0], a.flow.Params.Keys())))
}

func (a *analysis) stepReference(u *unit, use use) []diag.Problem {
	ref := use.ref
	from := a.unit(ref.Step(), u.exit)
	if from == nil {
		if a.unit(ref.Step(), !u.exit) != nil {
			return one(diag.Errorf(ref.Pos, "reference", "step %q can't be read here: steps and on_exit don't see each other", ref.Step()))
		}
		return one(diag.Errorf(ref.Pos, "reference", "unknown step %q", ref.Step()).
			WithHint("%s", suggestion(ref.Step(), without(a.names(u.exit), u.name.V))))
	}
	switch {
	case len(ref.Path) == 2:
		return nil
	case ref.Path[1] == "outputs":
		return missingName(ref, "output", from.step.Outputs.Keys())
	case use.site.Kind != ArtifactSite:
		return one(diag.Errorf(ref.Pos, "reference", "an artifact can be read in artifacts.in only"))
	case from.step.Artifacts == nil:
		return missingName(ref, "artifact", nil)
	}
	return missingName(ref, "artifact", from.step.Artifacts.Out.Keys())
}

func missingName(ref Ref, what string, known []string) []diag.Problem {
	for _, name := range known {
		if name == ref.Path[2] {
			return nil
		}
	}
	problem := diag.Errorf(ref.Pos, "reference", "step %q has no %s %q", ref.Step(), what, ref.Path[2])
	if len(known) == 0 {
		return one(problem.WithHint("it declares no %ss", what))
	}
	return one(problem.WithHint("%s", suggestion(ref.Path[2], known)))
}

func itemReference(foreach *Foreach, use use) []diag.Problem {
	ref := use.ref
	switch {
	case foreach == nil:
		return one(diag.Errorf(ref.Pos, "reference", "%s is known in a step with foreach only", ref))
	case use.site.Kind == ListSite:
		return one(diag.Errorf(ref.Pos, "reference", "foreach can't read its own items"))
	case len(ref.Path) == 0:
		return nil
	case foreach.Product == nil:
		return one(diag.Errorf(ref.Pos, "reference", "items of this foreach have no parts").
			WithHint("write item; parts belong to a product, as in foreach: {action: […], seed: […]}"))
	}
	if _, ok := foreach.Product.Get(ref.Path[0]); ok {
		return nil
	}
	return one(diag.Errorf(ref.Pos, "reference", "items have no part %q", ref.Path[0]).
		WithHint("%s", suggestion(ref.Path[0], foreach.Product.Keys())))
}
