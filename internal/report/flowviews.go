package report

import (
	"slices"
	"strings"

	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/render"
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
		if change.Flow != view.Name || change.OnlyNewBuild() {
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
	for _, flow := range []*workflows.Flow{head, base} {
		if flow == nil {
			continue
		}
		drawn := render.GraphOf(flow)
		shown := graph // what head has, while base is looked at
		for _, node := range drawn.Nodes {
			if !shown.has(node.ID) {
				graph.Nodes = append(graph.Nodes, Node{ID: node.ID, Label: node.Label, Detail: nodeDetail(node), Mark: markOf(ops[node.ID])})
			}
		}
		for _, edge := range drawn.Edges {
			if !shown.has(edge.To) {
				graph.Edges = append(graph.Edges, Edge{From: edge.From, To: edge.To, Mark: edgeMark(ops, edge.From, edge.To)})
			}
		}
	}
	return graph
}

// nodeDetail is what stands below a step's name, in at most three lines.
func nodeDetail(node render.Node) string {
	lines := node.Details
	if node.Exit {
		lines = append([]string{"on exit"}, lines...)
	}
	return strings.Join(lines[:min(len(lines), 3)], "\n")
}

func (g Graph) has(id string) bool {
	return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.ID == id })
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
