package report

import (
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/workflows"
)

// FlowViews draws the flows of both sides of a comparison, each marked by what
// the changes did to it, in the order of their names.
func FlowViews(base, head []*workflows.Flow, changes objdiff.Changes) []FlowView {
	var views []FlowView
	for _, flow := range head {
		views = append(views, flowView(flowNamed(base, flow.Name.V), flow, changes))
	}
	for _, flow := range base {
		if flowNamed(head, flow.Name.V) == nil {
			views = append(views, flowView(flow, nil, changes))
		}
	}
	slices.SortFunc(views, func(a, b FlowView) int { return strings.Compare(a.Name, b.Name) })
	return views
}

func flowNamed(flows []*workflows.Flow, name string) *workflows.Flow {
	for _, flow := range flows {
		if flow.Name.V == name {
			return flow
		}
	}
	return nil
}

// flowView is one flow that exists on at least one side.
func flowView(base, head *workflows.Flow, changes objdiff.Changes) FlowView {
	shown := head
	if shown == nil {
		shown = base
	}
	view := FlowView{Name: shown.Name.V, File: shown.Name.Pos.File, Schedule: scheduleText(shown.Schedule)}
	ops := map[string]objdiff.Op{}
	for _, change := range changes.All() {
		if change.Flow != view.Name {
			continue
		}
		view.Mark = MarkChanged
		for step, op := range change.Steps() {
			ops[step] = op
		}
	}
	switch {
	case head == nil:
		view.Mark = MarkRemoved
	case base == nil && view.Mark != Unmarked:
		view.Mark = MarkAdded
	}
	view.Graph = graphOf(base, head, ops)
	return view
}

func scheduleText(s *workflows.Schedule) string {
	if s == nil {
		return ""
	}
	var crons []string
	for _, cron := range s.Cron {
		crons = append(crons, cron.V)
	}
	return strings.Join(crons, ", ") + " " + s.Timezone.V
}

// graphOf is the steps of both sides: those of head, and those that are gone.
func graphOf(base, head *workflows.Flow, ops map[string]objdiff.Op) Graph {
	var graph Graph
	add := func(flow *workflows.Flow, steps diag.Dict[*workflows.Step], exit bool) {
		for _, entry := range steps {
			id := stepID(entry.Key.V, exit)
			if graph.has(id) {
				continue
			}
			graph.Nodes = append(graph.Nodes, Node{
				ID: id, Label: entry.Key.V, Detail: stepDetail(flow.Effective(entry.Key.V), exit), Mark: markOf(ops[entry.Key.V]),
			})
			for _, dep := range entry.V.After {
				graph.Edges = append(graph.Edges, Edge{From: stepID(dep.Step.V, exit), To: id, Mark: edgeMark(ops, dep.Step.V, entry.Key.V)})
			}
		}
	}
	for _, flow := range []*workflows.Flow{head, base} {
		if flow != nil {
			add(flow, flow.Steps, false)
			add(flow, flow.OnExit, true)
		}
	}
	return graph
}

func (g Graph) has(id string) bool {
	return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.ID == id })
}

func stepID(name string, exit bool) string {
	if exit {
		return "on_exit/" + name
	}
	return name
}

func markOf(op objdiff.Op) Mark {
	switch op {
	case objdiff.Added:
		return MarkAdded
	case objdiff.Removed:
		return MarkRemoved
	case objdiff.Changed, objdiff.Reordered:
		return MarkChanged
	}
	return Unmarked
}

// edgeMark says that an edge came or went with one of its ends.
func edgeMark(ops map[string]objdiff.Op, from, to string) Mark {
	for _, mark := range []Mark{markOf(ops[from]), markOf(ops[to])} {
		if mark == MarkAdded || mark == MarkRemoved {
			return mark
		}
	}
	return Unmarked
}

// stepDetail is what stands below a step's name: when it runs, how often, on
// what; at most three lines.
func stepDetail(step *workflows.Step, exit bool) string {
	var lines []string
	if exit {
		lines = append(lines, "on exit")
	}
	if step.If != nil {
		lines = append(lines, "if "+step.If.V)
	}
	if step.Foreach != nil {
		lines = append(lines, foreachText(step.Foreach))
	}
	if text := resourcesText(step.Resources); text != "" {
		lines = append(lines, text)
	}
	if step.Image != nil {
		lines = append(lines, "image "+step.Image.V)
	}
	return strings.Join(lines[:min(len(lines), 3)], "\n")
}

func foreachText(f *workflows.Foreach) string {
	switch {
	case f.Expr != nil:
		return "for each of " + strings.Trim(f.Expr.V, "${} ")
	case len(f.Product) > 0:
		return "for each of " + strings.Join(f.Product.Keys(), " × ")
	}
	return fmt.Sprintf("for each of %d", len(f.List))
}

func resourcesText(r *workflows.Resources) string {
	if r == nil {
		return ""
	}
	var parts []string
	if r.GPUs != nil {
		parts = append(parts, fmt.Sprintf("%d GPU", r.GPUs.V))
	}
	if r.CPUs != nil {
		parts = append(parts, r.CPUs.V+" CPU")
	}
	if r.Memory != nil {
		parts = append(parts, r.Memory.V)
	}
	return strings.Join(parts, ", ")
}
