package render

import (
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// ruleNotRendered is the rule of what the language has and render has not yet.
const ruleNotRendered = "not-rendered"

// unrendered is one key and where it is used; no line where it is not.
type unrendered struct {
	key string
	at  diag.Position
}

// unrenderedOfFlow lists the keys of a flow that are not rendered yet.
func unrenderedOfFlow(f *workflows.Flow) []unrendered {
	return []unrendered{
		{"notify", posOf(f.Notify, func(n *workflows.Notify) diag.Position { return n.Pos })},
		{"concurrency_key", posOfValue(f.Concurrency)},
		{"protected", posOfTrue(f.Protected)},
	}
}

// unrenderedOfStep lists the keys of a step that are not rendered yet.
func unrenderedOfStep(s *workflows.Step) []unrendered {
	return []unrendered{
		{"launch", posOf(s.Launch, func(l *workflows.Launch) diag.Position { return l.Pos })},
		{"approve", posOf(s.Approve, func(a *workflows.Approve) diag.Position { return a.Pos })},
		{"runs_on: slurm", posOf(s.RunsOn, slurmPos)},
		{"nodes", posOf(s.Nodes, severalPos)},
		{"queue", posOfValue(s.Queue)},
		{"pod", posOf(s.Pod, func(a *workflows.Any) diag.Position { return a.Pos })},
		{"files", posOfDict(s.Files)},
		{"on_failure", posOf(s.OnFailure, func(o *workflows.OnFailure) diag.Position { return o.Pos })},
		{"artifacts", posOf(s.Artifacts, func(a *workflows.Artifacts) diag.Position { return a.Pos })},
		{"cache", posOf(s.Cache, func(c *workflows.Cache) diag.Position { return c.Pos })},
		{"checkpoints", posOfTrue(s.Checkpoints)},
		{"once", posOfTrue(s.Once)},
		{"links", posOfDict(s.Links)},
		{"notify", posOf(s.Notify, func(n *workflows.Notify) diag.Position { return n.Pos })},
	}
}

// notRendered reports every key in use that is not rendered yet.
func (r *renderer) notRendered() {
	found := unrenderedOfFlow(r.flow)
	for _, section := range []steps{r.flow.Steps, r.flow.OnExit} {
		for _, entry := range r.effective(section) {
			found = append(found, unrenderedOfStep(entry.V)...)
		}
	}
	for _, one := range found {
		if one.at.Line > 0 {
			r.errorf(one.at, ruleNotRendered, "%q is recognised, but not rendered yet", one.key)
		}
	}
}

func posOf[T any](v *T, at func(*T) diag.Position) diag.Position {
	if v == nil {
		return diag.Position{}
	}
	return at(v)
}

func posOfValue[T any](v *diag.Value[T]) diag.Position {
	return posOf(v, func(v *diag.Value[T]) diag.Position { return v.Pos })
}

func posOfTrue(v *diag.Value[bool]) diag.Position {
	if v == nil || !v.V {
		return diag.Position{}
	}
	return v.Pos
}

func posOfDict(d diag.Dict[diag.Value[string]]) diag.Position {
	if len(d) == 0 {
		return diag.Position{}
	}
	return d[0].Key.Pos
}

func slurmPos(on *workflows.RunsOn) diag.Position {
	if on.Slurm == nil {
		return diag.Position{}
	}
	return on.Pos
}

func severalPos(nodes *diag.Value[int]) diag.Position {
	if nodes.V <= 1 {
		return diag.Position{}
	}
	return nodes.Pos
}
