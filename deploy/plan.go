package deploy

import (
	"fmt"
	"slices"
	"strings"
)

// Action is what a deploy does with one object.
type Action string

// The actions of a plan.
const (
	Create    Action = "create"
	Change    Action = "change"
	Delete    Action = "delete"
	Unchanged Action = "unchanged"
)

// Source is the commit that is deployed.
type Source struct {
	Project string `json:"project"`
	Commit  string `json:"commit"`
	Subject string `json:"subject"`
}

// Destination is where a deploy goes: a branch, or a namespace of a cluster.
type Destination struct {
	// Target is the target's name in gantline.yaml.
	Target string `json:"target"`
	// Branch holds rendered manifests, without refs/heads/; empty for a cluster.
	Branch string `json:"branch,omitempty"`
	// Remote is where the branch is pushed to; empty for a local branch.
	Remote string `json:"remote,omitempty"`
	// Cluster is the kubeconfig's context, or the API server's address where
	// there is none; empty for a branch.
	Cluster string `json:"cluster,omitempty"`
	// Namespace of the cluster; empty for a branch.
	Namespace string `json:"namespace,omitempty"`
}

// String says where that is: branch rendered of origin, namespace ml of prod.
func (d Destination) String() string {
	switch {
	case d.Namespace != "":
		return "namespace " + d.Namespace + " of " + d.Cluster
	case d.Remote != "":
		return "branch " + d.Branch + " of " + d.Remote
	}
	return "branch " + d.Branch
}

// Step is what happens to one object.
type Step struct {
	Action Action `json:"action"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	// File is the path on the branch; empty for a cluster.
	File string `json:"file,omitempty"`
	// Before and After are the SHA-256 of what is deployed and of what will be:
	// of the file on a branch, of the rendered object on a cluster. Empty where
	// there is none or where nobody knows.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Says is what changes, a sentence each; for clusters alone.
	Says []string `json:"says,omitempty"`
	// Live is what a cluster's step takes besides; nil for a branch.
	Live *Live `json:"live,omitempty"`
}

// ID is Kind/name.
func (s Step) ID() string { return s.Kind + "/" + s.Name }

// Live is what a step on a cluster knows of the object there.
type Live struct {
	// UID and ResourceVersion of the object as it was planned with; empty where
	// there is none yet.
	UID             string `json:"uid,omitempty"`
	ResourceVersion string `json:"resourceVersion,omitempty"`
	// Suspended says that the object is suspended by hand, and stays so.
	Suspended bool `json:"suspended,omitempty"`
	// SuspendedBy is the field manager that did; empty where nobody knows.
	SuspendedBy string `json:"suspendedBy,omitempty"`
	// Suspend is the value of spec.suspend that is sent along, because it would
	// be lost otherwise; nil where it stays by itself.
	Suspend *bool `json:"suspend,omitempty"`
	// Adopted says that the object carries the project's label and was not in
	// the inventory.
	Adopted bool `json:"adopted,omitempty"`
	// Force says that fields which others own are taken over.
	Force bool `json:"force,omitempty"`
	// Taken are fields that others changed and that are overwritten, as asked.
	Taken []string `json:"taken,omitempty"`
	// Running are the runs under way of an object that is removed; they go on.
	Running []string `json:"running,omitempty"`
}

// Plan is what a deploy would do: data, without handles.
type Plan struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Source
	Destination
	// Base is the state that the plan was made from: the branch's commit, or the
	// resource version of the inventory. Empty where there is none yet.
	Base string `json:"base,omitempty"`
	// Deployed is the source commit that this state is of; empty where nobody
	// knows.
	Deployed string `json:"deployed,omitempty"`
	// Unfinished says that the last deploy did not come to its end, and that the
	// record of what is there has to be closed.
	Unfinished bool `json:"unfinished,omitempty"`
	// Steps is one for each object, ordered by file or by kind and name.
	Steps []Step `json:"steps"`
	// Notes say what the plan leaves alone, and why.
	Notes []string `json:"notes,omitempty"`
}

// NewPlan is a plan without steps.
func NewPlan(source Source, destination Destination) Plan {
	return Plan{APIVersion: "gantline.dev/v1", Kind: "DeployPlan", Source: source, Destination: destination}
}

// Changes says whether the plan does anything.
func (p Plan) Changes() bool {
	return p.Unfinished || slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action != Unchanged })
}

// Only is the steps of some actions, in the plan's order.
func (p Plan) Only(actions ...Action) []Step {
	var out []Step
	for _, step := range p.Steps {
		if slices.Contains(actions, step.Action) {
			out = append(out, step)
		}
	}
	return out
}

// Summary is the plan in a few words: 2 created, 1 changed, 3 unchanged.
func (p Plan) Summary() string {
	var parts []string
	for _, word := range []struct {
		action Action
		past   string
	}{{Create, "created"}, {Change, "changed"}, {Delete, "removed"}, {Unchanged, "unchanged"}} {
		if n := len(p.Only(word.action)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word.past))
		}
	}
	if len(parts) == 0 {
		return "no objects"
	}
	return strings.Join(parts, ", ")
}

// Covers holds the plan to the objects that it was made of: after is the hash
// of each, by what key gives for its step. Others than were planned are
// ErrStale.
func (p Plan) Covers(after map[string]string, key func(Step) string) error {
	known := 0
	for _, step := range p.Steps {
		hash, ok := after[key(step)]
		if ok != (step.Action != Delete) || ok && hash != step.After {
			return fmt.Errorf("object %q is not the one that was planned: %w", key(step), ErrStale)
		}
		if ok {
			known++
		}
	}
	if known != len(after) {
		return fmt.Errorf("%d objects were not planned: %w", len(after)-known, ErrStale)
	}
	return nil
}
