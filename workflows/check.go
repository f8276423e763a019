package workflows

import (
	"slices"

	"gantline.dev/gantline/internal/diag"
)

// Env is what a flow is checked against beside itself. A nil list is one that
// is not known: nothing is checked against it.
type Env struct {
	// Project is the project's name, "" where it is not known.
	Project string
	// Images are the names under images: of gantline.yaml; DefaultImage is the
	// one of them that a step without image runs in, "" where there is none.
	Images       []string
	DefaultImage string
	// Queues are the names under queues:, SlurmProfiles those under slurm:.
	Queues        []string
	SlurmProfiles []string
	// Flows are the names of all flows of the repository, Argo's and Metaflow's
	// among them.
	Flows []string
}

// Rule is one check, with what `gantline check --explain` says of it.
type Rule struct {
	// Name is what stands in brackets behind a problem.
	Name string
	// Doc explains the rule in a sentence or two.
	Doc string

	check func(*analysis) []diag.Problem
}

// Check reports what is wrong with a flow that was parsed: names, references,
// types, order, limits. It takes what Parse returned even where Parse found
// problems, and reports nothing that Parse has. Of a flow with far more steps
// than a cluster takes it says only that.
func Check(f *Flow, env Env) []diag.Problem {
	if f == nil {
		return nil
	}
	a := analyse(f, env)
	if templates(a.units) > 2*maxTemplates {
		return checkLimits(a) // it has to be split first; the graph of thousands of steps takes minutes
	}
	var out []diag.Problem
	for _, rule := range checkRules() {
		out = append(out, rule.check(a)...)
	}
	return diag.Sorted(out)
}

// CheckAll reports what is wrong with the flows of a repository: each by
// itself, and all together. Nil flows, which could not be read, are left out.
func CheckAll(flows []*Flow, env Env) []diag.Problem {
	out := append(duplicateFlows(flows), launches(flows, env)...)
	for _, f := range flows {
		out = append(out, Check(f, env)...)
	}
	return diag.Sorted(out)
}

// Rules is every rule, of reading and of checking, in the order of the flow
// reference.
func Rules() []Rule {
	return slices.Concat(readRules(), checkRules(), repositoryRules(), renderRules())
}

// checkRules are the rules that look at one flow, a file each.
func checkRules() []Rule {
	return []Rule{
		nameRule(), afterRule(), cycleRule(), referenceRule(), upstreamRule(), missingOutputRule(),
		conditionRule(), foreachRule(), neverRule(), paramRule(), unusedRule(), scheduleRule(),
		projectRule(), envRule(), kubernetesRule(), labelRule(), quantityRule(), onceRule(), limitRule(), codeRule(),
	}
}

// repositoryRules are the rules that look at all flows of a repository.
func repositoryRules() []Rule {
	return []Rule{
		{Name: "duplicate-flow", Doc: "Every flow of a repository has a name of its own: objects are named after it."},
		{Name: "launch", Doc: "A flow that `launch` names exists, has the parameters that it is given, and is given those that it requires."},
	}
}

// renderRules are the rules that package render applies when a flow becomes
// Argo objects; they stand here to be explained with the others.
func renderRules() []Rule {
	return []Rule{
		{Name: "image", Doc: "The image that a step runs in is pinned to a digest: built by `gantline build`, or in gantline.lock."},
		{Name: "not-rendered", Doc: "The language has the key, and this version of gantline does not render it yet. It is refused rather than ignored."},
	}
}

// readRules are the rules that reading a file applies.
func readRules() []Rule {
	return []Rule{
		{Name: "yaml", Doc: "The file is one YAML document in UTF-8, without merge keys, custom tags and keys that are not strings."},
		{Name: "yaml-boolean", Doc: "A word that a YAML reader takes for a boolean (yes, on, n, true) stands where a string is meant. Put it in quotes."},
		{Name: "duplicate-key", Doc: "A key is given twice in one mapping; YAML readers disagree which one counts."},
		{Name: "unknown-key", Doc: "A key is not part of the language. The nearest known one is suggested."},
		{Name: "required", Doc: "A key that must be there is missing."},
		{Name: "type", Doc: "A value has another shape than the field takes: a list where a string is meant, say."},
		{Name: "enum", Doc: "A value is none of the few that the field takes."},
		{Name: "value", Doc: "A value is not written as the field wants it: a duration as 30m, a backoff as 1m..30m."},
		{Name: "shape", Doc: "Fields don't go together: a step has exactly one of run, launch, approve and sleep, a secret is given as env or as path."},
		{Name: "range", Doc: "A number or a time is too small to mean anything."},
		{Name: "expression", Doc: "An expression does not follow the grammar."},
		{Name: "expression-place", Doc: "${{ }} stands in a field where no expression is evaluated."},
		{Name: "script", Doc: "A script is not valid shell, or an expression stands where a shell could not see its exact value: in single quotes, a comment, arithmetic, code for another shell."},
	}
}
