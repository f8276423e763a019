package workflows

import (
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// analysis is what the rules look at: the flow, what is known of the project,
// each step with its defaults and its references, and the graph of after.
type analysis struct {
	flow  *Flow
	env   Env
	units []*unit
	// uses are the references outside of steps.
	uses []use
}

// unit is one step of a flow.
type unit struct {
	name diag.Value[string]
	exit bool
	// own is the step as written, step the step with the defaults.
	own, step *Step
	uses      []use
	deps      []edge
	// above is what upstream found.
	above map[*unit]bool
}

// edge is one entry of after that names a step of the same group.
type edge struct {
	dep Dep
	to  *unit
}

// use is one reference where it stands.
type use struct {
	site Site
	ref  Ref
}

func analyse(f *Flow, env Env) *analysis {
	a := &analysis{flow: f, env: env}
	for _, site := range f.Sites() {
		a.uses = append(a.uses, usesOf(site, nil)...)
	}
	for _, entry := range f.Steps {
		a.units = append(a.units, newUnit(f, entry, false))
	}
	for _, entry := range f.OnExit {
		a.units = append(a.units, newUnit(f, entry, true))
	}
	for _, u := range a.units {
		for _, dep := range u.own.After {
			if to := a.unit(dep.Step.V, u.exit); to != nil {
				u.deps = append(u.deps, edge{dep: dep, to: to})
			}
		}
	}
	return a
}

func newUnit(f *Flow, entry diag.Entry[*Step], exit bool) *unit {
	u := &unit{name: entry.Key, exit: exit, own: entry.V, step: f.withDefaults(entry.V)}
	shell := f.shell(entry.V)
	for _, site := range u.step.Sites() {
		u.uses = append(u.uses, usesOf(site, shell)...)
	}
	return u
}

func usesOf(site Site, shell []string) []use {
	if site.Kind != ConditionSite && !strings.Contains(site.Value.V, tokenOpen) {
		return nil
	}
	refs, _ := site.refs(shell)
	uses := make([]use, 0, len(refs))
	for _, ref := range refs {
		uses = append(uses, use{site: site, ref: ref})
	}
	return uses
}

// unit is the step of that name in steps, or in on_exit; nil where there is
// none.
func (a *analysis) unit(name string, exit bool) *unit {
	for _, u := range a.units {
		if u.name.V == name && u.exit == exit {
			return u
		}
	}
	return nil
}

// names is the names of the steps, or of those of on_exit.
func (a *analysis) names(exit bool) []string {
	var names []string
	for _, u := range a.units {
		if u.exit == exit {
			names = append(names, u.name.V)
		}
	}
	return names
}

// upstream is every step that the step comes after, through any number of
// others.
func (u *unit) upstream() map[*unit]bool {
	if u.above != nil {
		return u.above
	}
	seen := map[*unit]bool{}
	var visit func(*unit)
	visit = func(u *unit) {
		for _, edge := range u.deps {
			if !seen[edge.to] {
				seen[edge.to] = true
				visit(edge.to)
			}
		}
	}
	visit(u)
	u.above = seen
	return seen
}

// continues says whether a run goes on as if the step had succeeded when it
// failed.
func (u *unit) continues() bool {
	handler := u.step.OnFailure
	return handler != nil && handler.Then != nil && handler.Then.V == "continue"
}
