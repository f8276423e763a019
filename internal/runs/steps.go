package runs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Step is one step of a run.
type Step struct {
	Name string `json:"name"`
	// Exit says that the step belongs to on_exit.
	Exit  bool  `json:"exit,omitempty"`
	State State `json:"state"`
	// Message is why it waits or failed, in the words of Argo, Kubernetes or
	// gantline-step.
	Message  string    `json:"message,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Attempt is the last attempt, from 1; 0 for a step without a retry and
	// for a foreach, whose pods have their own.
	Attempt int `json:"attempt,omitempty"`
	// Items counts those of a foreach.
	Items *Items `json:"items,omitempty"`
	// Pods are all of the step's, by item and attempt.
	Pods []Pod `json:"pods,omitempty"`
}

// Items counts the items of a foreach by what became of them.
type Items struct {
	Total     int `json:"total"`
	Running   int `json:"running"`
	Succeeded int `json:"succeeded"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
}

// Done is how many ended.
func (i Items) Done() int { return i.Succeeded + i.Failed + i.Skipped }

// Pod is one attempt at a step, or at an item of it.
type Pod struct {
	// Node is the ID of Argo's node, which the pod carries as an annotation.
	Node string `json:"node"`
	// Item is the item's index, or -1.
	Item int `json:"item"`
	// Attempt is from 1; 0 where the step has no retry.
	Attempt  int       `json:"attempt,omitempty"`
	State    State     `json:"state"`
	Message  string    `json:"message,omitempty"`
	ExitCode string    `json:"exitCode,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
}

// Duration is how long the step took, or has taken by now.
func (s Step) Duration(now time.Time) time.Duration { return duration(s.Started, s.Finished, now) }

// LastPods are the last attempts: one pod, or one an item.
func (s Step) LastPods() []Pod {
	var last []Pod
	for _, pod := range s.Pods {
		if n := len(last); n > 0 && last[n-1].Item == pod.Item {
			last[n-1] = pod
			continue
		}
		last = append(last, pod)
	}
	return last
}

// Names that render gives to what is no step of the flow's.
const (
	nodeExit    = "onExit"
	taskVerdict = "verdict"
)

// steps makes the flow's steps of the tree of nodes.
func steps(wf *workflow) []Step {
	var list []*assembly
	byName := map[place]*assembly{}
	find := func(at place) *assembly {
		if byName[at] == nil {
			byName[at] = &assembly{step: Step{Name: at.step, Exit: at.exit, State: Waiting}, items: map[int]State{}}
			list = append(list, byName[at])
		}
		return byName[at]
	}
	effective := wf.effective()
	for _, task := range tasks(effective, effective.Entrypoint) {
		find(place{step: task})
	}
	if effective.OnExit != "" {
		for _, task := range tasks(effective, effective.OnExit) {
			find(place{exit: true, step: task})
		}
	}
	for _, n := range ordered(wf.Status.Nodes) {
		if at, ok := locate(wf.Metadata.Name, n.Name); ok && at.step != taskVerdict {
			find(place{exit: at.exit, step: at.step}).add(at, n)
		}
	}
	out := make([]Step, 0, len(list))
	for _, a := range list {
		out = append(out, a.finish(wf.Status.Phase))
	}
	slices.SortStableFunc(out, func(a, b Step) int { return cmp.Compare(btoi(a.Exit), btoi(b.Exit)) })
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tasks are the names of a DAG's tasks in the order of the spec.
func tasks(s spec, name string) []string {
	var names []string
	for _, t := range s.Templates {
		if t.Name != name || t.DAG == nil {
			continue
		}
		for _, task := range t.DAG.Tasks {
			if task.Name != taskVerdict {
				names = append(names, task.Name)
			}
		}
	}
	return names
}

// ordered are the nodes by the time of their start, then name.
func ordered(nodes map[string]node) []node {
	list := make([]node, 0, len(nodes))
	for _, n := range nodes {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b node) int {
		return cmp.Or(timeOf(a.StartedAt).Compare(timeOf(b.StartedAt)), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// place is where in a flow a node stands.
type place struct {
	exit bool
	step string
	// item is the index of a foreach's item; attempt is from 1. They are -1
	// and 0 in the node that stands for all of a step, as is deeper.
	item, attempt int
	deeper        bool
}

// locate reads a node's name, such as run.eval.item(3:3).main(0): the steps
// and items on the way to it, with attempts in parentheses. The root and
// on_exit's own node are no steps.
func locate(run, name string) (place, bool) {
	rest, ok := strings.CutPrefix(name, run+".")
	if !ok {
		return place{}, false
	}
	at := place{item: -1}
	parts := splitName(rest)
	if parts[0] == nodeExit {
		at.exit, parts = true, parts[1:]
	}
	for i, part := range parts {
		base, inside, _ := strings.Cut(strings.TrimSuffix(part, ")"), "(")
		index, _, isItem := strings.Cut(inside, ":")
		number, err := strconv.Atoi(index)
		if i == 0 {
			at.step = base
		}
		at.deeper = i > 0
		switch {
		case err != nil:
		case isItem:
			at.item = number
		default:
			at.attempt = number + 1
		}
	}
	return at, at.step != ""
}

// splitName cuts at the dots that stand outside of parentheses.
func splitName(name string) []string {
	var parts []string
	depth, from := 0, 0
	for i, r := range name {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == '.' && depth == 0:
			parts = append(parts, name[from:i])
			from = i + 1
		}
	}
	return append(parts, name[from:])
}
