package report

import "strings"

// Mark says what happened to a step or a dependency. Unmarked is the zero
// value.
type Mark string

// The marks.
const (
	Unmarked    Mark = ""
	MarkAdded   Mark = "added"
	MarkRemoved Mark = "removed"
	MarkChanged Mark = "changed"
)

// Sign is the mark as one character, for where colour says nothing.
func (m Mark) Sign() string {
	switch m {
	case MarkAdded:
		return "+"
	case MarkRemoved:
		return "−"
	case MarkChanged:
		return "~"
	}
	return ""
}

// Graph is a flow as it is drawn.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Edges []Edge `json:"edges"`
}

// Node is one step. Detail is what stands below its name, in one to three
// lines: image, resources, a condition.
type Node struct {
	ID     string `json:"id"`
	Label  string `json:"label"`
	Detail string `json:"detail,omitempty"`
	Mark   Mark   `json:"mark,omitempty"`
}

// Edge says that To waits for From, both IDs of nodes. An edge of a node that
// does not exist is left out of the drawing.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Mark Mark   `json:"mark,omitempty"`
}

// Describe is the graph in a sentence, for those who can't see a drawing.
func (g Graph) Describe() string {
	if len(g.Nodes) == 0 {
		return "no steps"
	}
	parts := make([]string, 0, len(g.Nodes))
	for _, node := range g.Nodes {
		text := node.Label
		if node.Mark != Unmarked {
			text += " (" + string(node.Mark) + ")"
		}
		var before []string
		for _, edge := range g.Edges {
			if edge.To == node.ID {
				before = append(before, edge.From)
			}
		}
		if len(before) > 0 {
			text += " after " + strings.Join(before, ", ")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}
