package render

import (
	"fmt"
	"strings"

	"gantline.dev/gantline/workflows"
)

// Graph is a flow's steps and their order, for a drawing.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Node is one step.
type Node struct {
	// ID is the step's name; names are unique in a flow.
	ID string `json:"id"`
	// Label is what stands in the node.
	Label string `json:"label"`
	// Details is what is special about the step: what it runs on, how often,
	// under which condition. The most telling is first.
	Details []string `json:"details,omitempty"`
	// Exit says that the step belongs to on_exit.
	Exit bool `json:"exit,omitempty"`
}

// Edge says that a step waits for another.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Label is what else than success the later step accepts: "skipped",
	// "failed", or both.
	Label string `json:"label,omitempty"`
}

// GraphOf is the flow's graph in the order of the file. It takes every flow of
// the language, also one that Argo does not render yet.
func GraphOf(flow *workflows.Flow) Graph {
	graph := Graph{Nodes: []Node{}, Edges: []Edge{}}
	for _, section := range []steps{flow.Steps, flow.OnExit} {
		for _, entry := range section {
			def := flow.Effective(entry.Key.V)
			_, main := flow.Steps.Get(entry.Key.V)
			graph.Nodes = append(graph.Nodes, Node{
				ID: entry.Key.V, Label: entry.Key.V, Details: details(def), Exit: !main,
			})
			for _, dep := range entry.V.After {
				graph.Edges = append(graph.Edges, Edge{From: dep.Step.V, To: entry.Key.V, Label: accepts(dep)})
			}
		}
	}
	return graph
}

func accepts(dep workflows.Dep) string {
	switch {
	case dep.AllowSkipped && dep.AllowFailed:
		return "skipped, failed"
	case dep.AllowSkipped:
		return "skipped"
	case dep.AllowFailed:
		return "failed"
	}
	return ""
}

// details is what is special about a step, the most telling first.
func details(def *workflows.Step) []string {
	var out []string
	switch {
	case def.Launch != nil:
		out = append(out, "launches "+def.Launch.Flow.V)
	case def.Approve != nil:
		out = append(out, "waits for approval")
	case def.Sleep != nil:
		out = append(out, "sleeps "+def.Sleep.V.String())
	}
	if def.Foreach != nil {
		out = append(out, repeats(def.Foreach))
	}
	if hardware := hardware(def); hardware != "" && def.Run != nil {
		out = append(out, hardware)
	}
	if def.RunsOn != nil && def.RunsOn.Slurm != nil {
		out = append(out, "Slurm")
	}
	if def.If != nil {
		out = append(out, "if "+def.If.V)
	}
	return out
}

func repeats(each *workflows.Foreach) string {
	if each.Expr != nil {
		return "for each of " + strings.TrimSpace(strings.Trim(each.Expr.V, "${} "))
	}
	return fmt.Sprintf("%d items", len(literalItems(each)))
}

// hardware is nodes and GPUs: "32 nodes x 8 GPUs".
func hardware(def *workflows.Step) string {
	var parts []string
	if def.Nodes != nil && def.Nodes.V > 1 {
		parts = append(parts, fmt.Sprintf("%d nodes", def.Nodes.V))
	}
	if def.Resources != nil && def.Resources.GPUs != nil && def.Resources.GPUs.V > 0 {
		unit := "GPUs"
		if def.Resources.GPUs.V == 1 {
			unit = "GPU"
		}
		parts = append(parts, fmt.Sprintf("%d %s", def.Resources.GPUs.V, unit))
	}
	return strings.Join(parts, " x ")
}
