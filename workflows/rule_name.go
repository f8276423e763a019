package workflows

import (
	"regexp"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// MaxObjectName is the longest name of a flow's objects: Argo adds a dash and
// ten digits to a CronWorkflow's name for each run, and 63 is the most that a
// label holds.
const MaxObjectName = 52

// maxStepName leaves room in the 63 characters of a label for what rendering
// adds to a step's name.
const maxStepName = 48

// maxValueName is the longest name of a parameter or an output.
const maxValueName = 63

var (
	labelName = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
	valueName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
)

// keywords are words of the expression languages that a name passes through;
// Argo takes a step of such a name and fails when it runs.
func keywords() []string {
	return []string{"not", "true", "false", "nil", "null", "and", "or", "in", "matches", "contains", "let", "if", "else", "item", "startswith", "endswith"}
}

func nameRule() Rule {
	return Rule{Name: "name", check: checkNames, Doc: "Names of flows and steps are lower-case letters, digits and dashes, starting with a letter; " +
		"those of parameters and outputs may hold underscores too. Words of expressions (not, true, in, …) are no names. " +
		"<project>-<flow> has at most 52 characters, a step's name at most 48."}
}

func checkNames(a *analysis) []diag.Problem {
	out := flowName(a)
	for _, u := range a.units {
		out = append(out, oneName("a step", u.name, labelName, maxStepName)...)
		for _, output := range u.own.Outputs {
			out = append(out, oneName("an output", output.Key, valueName, maxValueName)...)
		}
		if other := a.unit(u.name.V, false); u.exit && other != nil {
			out = append(out, diag.Errorf(u.name.Pos, "name", "step %q of on_exit has the name of another step, at line %d", u.name.V, other.name.Pos.Line))
		}
		if u.own.Foreach != nil {
			for _, list := range u.own.Foreach.Product {
				out = append(out, oneName("a list", list.Key, valueName, maxValueName)...)
			}
		}
		out = append(out, artifactNames(u.own.Artifacts)...)
	}
	for _, param := range a.flow.Params {
		out = append(out, oneName("a parameter", param.Key, valueName, maxValueName)...)
	}
	return out
}

func artifactNames(artifacts *Artifacts) []diag.Problem {
	var out []diag.Problem
	if artifacts != nil {
		for _, artifact := range artifacts.Out {
			out = append(out, oneName("an artifact", artifact.Key, valueName, maxValueName)...)
		}
	}
	return out
}

func flowName(a *analysis) []diag.Problem {
	name := a.flow.Name
	if name.V == "" {
		return nil
	}
	out := oneName("a flow", name, labelName, MaxObjectName)
	object := name.V
	if a.env.Project != "" {
		object = a.env.Project + "-" + name.V
	}
	if len(object) > MaxObjectName && len(name.V) <= MaxObjectName {
		out = append(out, diag.Errorf(name.Pos, "name", "objects would be named %q, which has %d characters; at most %d fit", object, len(object), MaxObjectName).
			WithHint("Argo adds the time to the names of scheduled runs; shorten the flow's name by %d", len(object)-MaxObjectName))
	}
	return out
}

func oneName(what string, name diag.Value[string], form *regexp.Regexp, longest int) []diag.Problem {
	switch {
	case strings.Contains(name.V, tokenOpen): // reported as misplaced
	case !form.MatchString(name.V):
		rule := "lower-case letters, digits and dashes, a letter first, no dash last"
		if form == valueName {
			rule = "lower-case letters, digits, dashes and underscores, a letter first"
		}
		return []diag.Problem{diag.Errorf(name.Pos, "name", "%q is no name of %s", name.V, what).WithHint("names are %s", rule)}
	case slices.Contains(keywords(), name.V):
		return []diag.Problem{diag.Errorf(name.Pos, "name", "%q is a word of expressions and no name of %s", name.V, what)}
	case len(name.V) > longest:
		return []diag.Problem{diag.Errorf(name.Pos, "name", "the name of %s has %d characters; at most %d fit", what, len(name.V), longest)}
	}
	return nil
}
