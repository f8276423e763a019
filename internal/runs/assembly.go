package runs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// assembly collects the nodes of one step.
type assembly struct {
	step Step
	// own is the node that stands for the step as a whole.
	own   *node
	items map[int]State
	// each says that the step is a foreach: it has a group of items, which may
	// be empty.
	each bool
}

// add takes in a node that belongs to the step.
func (a *assembly) add(at place, n node) {
	if !at.deeper && at.item < 0 && at.attempt == 0 {
		a.own = &n
		a.each = a.each || n.Type == "TaskGroup"
	}
	switch n.Type {
	case "Pod", "Container", "HTTP", "Plugin":
		a.step.Pods = append(a.step.Pods, podOf(at, n))
	case "TaskGroup":
		a.each = true
	}
	// The item's state is that of its outermost node, which comes first in the
	// order of names and times; a retry and a pod below it come later.
	if _, known := a.items[at.item]; at.item >= 0 && (!known || n.Type == "DAG") {
		a.items[at.item] = stateOfNode(n)
	}
}

func podOf(at place, n node) Pod {
	pod := Pod{
		Node: n.ID, Item: at.item, Attempt: at.attempt, State: stateOfNode(n),
		Message: plain(n.Message), Started: timeOf(n.StartedAt), Finished: timeOf(n.FinishedAt),
	}
	if n.Outputs != nil && n.Outputs.ExitCode != nil {
		pod.ExitCode = *n.Outputs.ExitCode
	}
	return pod
}

// plain takes the frame off what gantline-step wrote: "main: Error (exit code
// 3): gantline cause=error: …".
// What every pod passes through is no reason to wait.
func plain(message string) string {
	if message == "PodInitializing" || message == "ContainerCreating" {
		return ""
	}
	_, said, ok := strings.Cut(message, "gantline cause=")
	if !ok {
		return message
	}
	if _, words, ok := strings.Cut(said, ": "); ok {
		return strings.TrimSpace(words)
	}
	return message
}

// finish judges the step by its nodes. phase is the run's.
func (a *assembly) finish(phase string) Step {
	s := &a.step
	slices.SortFunc(s.Pods, func(x, y Pod) int { return cmp.Or(cmp.Compare(x.Item, y.Item), cmp.Compare(x.Attempt, y.Attempt)) })
	if a.each || len(a.items) > 0 {
		s.Items = a.count()
	}
	over := phase != "" && stateOf(phase).Ended()
	if a.own == nil {
		if over {
			s.State = Omitted
		}
		return *s
	}
	s.State, s.Message = stateOfNode(*a.own), plain(a.own.Message)
	s.Started, s.Finished = timeOf(a.own.StartedAt), timeOf(a.own.FinishedAt)
	switch {
	case s.State == Skipped || s.State == Omitted:
		return *s
	case s.Items == nil && len(s.Pods) > 0:
		a.fromPod(s.Pods[len(s.Pods)-1])
	case s.Items != nil:
		a.fromItems()
	}
	if over && !s.State.Ended() {
		// So it is with on_exit after a stop. How long it took nobody knows.
		s.Started, s.Message = time.Time{}, "Argo ended the run and did not wait for it"
	}
	return *s
}

// fromPod refines the state of a step by its last attempt.
func (a *assembly) fromPod(last Pod) {
	s := &a.step
	if a.own.Type == "Retry" {
		s.Attempt = max(last.Attempt, 1)
	}
	switch {
	case s.State.Ended():
		switch {
		case last.State == Stopped:
			s.State, s.Message = Stopped, ""
		case s.State.Bad() && last.Message != "":
			s.Message = last.Message
		}
	case last.State.Ended():
		s.State = Backoff
		s.Message = fmt.Sprintf("attempt %d failed: %s", s.Attempt, cmp.Or(last.Message, string(last.State)))
		if wait, ok := strings.CutPrefix(a.own.Message, "Backoff for "); ok {
			s.Message += fmt.Sprintf(" (Argo waits %s before it decides on another)", wait)
		}
	default:
		s.State = last.State
		s.Message = cmp.Or(last.Message, s.Message)
	}
}

// fromItems refines the state of a foreach by its items.
func (a *assembly) fromItems() {
	s := &a.step
	var waits, failed string
	running, stopped := false, false
	for _, pod := range s.LastPods() {
		switch {
		case pod.State == Running:
			running = true
		case pod.State == Pending && waits == "":
			waits = pod.Message
		case pod.State == Stopped:
			stopped = true
		case pod.State.Bad() && failed == "":
			failed = fmt.Sprintf("item %d: %s", pod.Item, cmp.Or(pod.Message, string(pod.State)))
		}
	}
	switch {
	case s.State.Bad() && stopped && failed == "":
		s.State, s.Message = Stopped, ""
	case s.State.Bad():
		s.Message = cmp.Or(failed, s.Message)
	case !s.State.Ended() && !running && waits != "":
		s.State, s.Message = Pending, waits
	case !s.State.Ended():
		s.Message = failed
	}
}

func (a *assembly) count() *Items {
	items := &Items{Total: len(a.items)}
	for _, state := range a.items {
		switch {
		case state == Succeeded:
			items.Succeeded++
		case state.Bad():
			items.Failed++
		case state.Ended():
			items.Skipped++
		case state == Running:
			items.Running++
		}
	}
	return items
}
