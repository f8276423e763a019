// Package objdiff compares two sets of Kubernetes objects the way a reviewer
// reads them.
//
// A newcomer starts at Compare. It pairs objects by group, kind and name and
// compares each pair as a tree whose lists are matched by what identifies
// their elements, so that a path reads
//
//	spec.templates[main].dag.tasks[eval].depends
//
// and stays the same when an element is put in front of it. On top of the
// paths stand Statements, the same differences in the words of Argo: a
// schedule moved, a step was added, a default changed.
//
// # What is compared
//
// Not the bytes but a view of each object (see view): what controllers and
// tools write for themselves is left out and counted (Hidden), and the
// argument that render encodes for gantline-step is decoded, so that a changed
// line of a script is seen as that.
//
// # Lists
//
// Elements with a name (or mountPath, or key) of their own are matched by it.
// dependencies, schedules and the like are sets. All other lists keep their
// order and are aligned by their longest common subsequence. env and
// initContainers are matched by name, and a new order of them is a change too.
//
// # Images
//
// An image that moves hits every template, so equal moves are rolled up into
// one ImageChange with its places and are not repeated among the fields.
//
// Compare is pure: the same objects in any order give the same Changes.
package objdiff

import (
	"encoding/json"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

// Op says what happened to an object, a field or a step.
type Op string

// The operations. Reordered is for a list whose elements stayed and whose
// order counts.
const (
	Added     Op = "added"
	Removed   Op = "removed"
	Changed   Op = "changed"
	Reordered Op = "reordered"
)

// Changes is the difference between two sets of objects, each list in the
// order of the objects' identities. It is a value: nothing changes it after
// Compare returned it.
type Changes struct {
	Added   []ObjectChange `json:"added"`
	Removed []ObjectChange `json:"removed"`
	Changed []ObjectChange `json:"changed"`
	// Images is the images that moved, most used first.
	Images []ImageChange `json:"images"`
	// Hidden counts the differences that were left out, by what hid them.
	Hidden []Hidden `json:"hidden"`
	// Unchanged is the number of objects that are the same on both sides.
	Unchanged int `json:"unchanged"`
}

// ObjectChange is one object that is not the same on both sides.
type ObjectChange struct {
	kube.ID
	Op Op `json:"op"`
	// Flow names the flow that the object was rendered from, if any.
	Flow string `json:"flow,omitempty"`
	// Source is where the repository declares the object: in head, or in base
	// where it was removed.
	Source diag.Position `json:"source"`
	// Statements say in Argo's words what the change means. For an object
	// that was added or removed they say what it is.
	Statements []Statement `json:"statements"`
	// Fields is every difference except moved images, in the order of the
	// tree. It is empty for an object that was added or removed.
	Fields []FieldChange `json:"fields"`
	// Images is the fields whose image moved; Changes.Images rolls them up.
	Images []FieldChange `json:"images"`
	// Base and Head are the objects themselves; the zero Object where there is
	// none.
	Base kube.Object `json:"-"`
	Head kube.Object `json:"-"`
}

// FieldChange is one difference at one path. Before is absent for what was
// added, After for what was removed. For Reordered they are the lists of the
// elements' names.
type FieldChange struct {
	Path   Path            `json:"path"`
	Op     Op              `json:"op"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Hidden is how many differences a rule left out.
type Hidden struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
}

// Empty says whether the two sets are the same to a reviewer.
func (c Changes) Empty() bool { return len(c.Added)+len(c.Removed)+len(c.Changed) == 0 }

// All is the changed objects in the order in which people read them: changed,
// added, removed.
func (c Changes) All() []ObjectChange { return slices.Concat(c.Changed, c.Added, c.Removed) }

// Compare is what turns the base set into the head set. Of two objects with
// one identity in a set, the last counts.
func Compare(base, head []kube.Object) Changes {
	before, after := byIdentity(base), byIdentity(head)
	out := Changes{
		Added: []ObjectChange{}, Removed: []ObjectChange{}, Changed: []ObjectChange{},
		Images: []ImageChange{}, Hidden: []Hidden{},
	}
	hidden := map[string]int{}
	for _, key := range keysOf(before, after) {
		b, inBase := before[key]
		h, inHead := after[key]
		switch {
		case !inBase:
			out.Added = append(out.Added, whole(h, Added))
		case !inHead:
			out.Removed = append(out.Removed, whole(b, Removed))
		default:
			if change, differs := pair(b, h, hidden); differs {
				out.Changed = append(out.Changed, change)
			} else {
				out.Unchanged++
			}
		}
	}
	out.Images = rollUp(out.Changed)
	for _, rule := range sortedKeys(hidden) {
		out.Hidden = append(out.Hidden, Hidden{Rule: rule, Count: hidden[rule]})
	}
	return out
}

// identity is what makes two objects the same object; the version of an API
// group is no part of it.
type identity struct{ kind, name, group string }

func byIdentity(objects []kube.Object) map[identity]kube.Object {
	out := make(map[identity]kube.Object, len(objects))
	for _, object := range objects {
		group, _, found := strings.Cut(object.APIVersion, "/")
		if !found {
			group = ""
		}
		out[identity{object.Kind, object.Name, group}] = object
	}
	return out
}

func keysOf(sets ...map[identity]kube.Object) []identity {
	var keys []identity
	for _, set := range sets {
		for key := range set {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b identity) int {
		return strings.Compare(a.kind+"\x00"+a.name+"\x00"+a.group, b.kind+"\x00"+b.name+"\x00"+b.group)
	})
	return slices.Compact(keys)
}

// whole is the change of an object that is on one side only.
func whole(object kube.Object, op Op) ObjectChange {
	change := ObjectChange{
		ID: object.ID, Op: op, Flow: object.Flow, Source: object.Source,
		Fields: []FieldChange{}, Images: []FieldChange{},
	}
	if op == Added {
		change.Head = object
	} else {
		change.Base = object
	}
	tree, _ := view(object)
	change.Statements = describe(tree, op)
	return change
}

// pair compares two objects of one identity and adds to the counts of what
// was hidden.
func pair(base, head kube.Object, hidden map[string]int) (ObjectChange, bool) {
	if base.Hash() == head.Hash() {
		return ObjectChange{}, false
	}
	baseTree, baseNoise := view(base)
	headTree, headNoise := view(head)
	countHidden(baseNoise, headNoise, hidden)
	change := ObjectChange{
		ID: head.ID, Op: Changed, Flow: head.Flow, Source: head.Source, Base: base, Head: head,
		Fields: []FieldChange{}, Images: []FieldChange{},
	}
	for _, field := range diffTrees(baseTree, headTree) {
		if isImage(field) {
			change.Images = append(change.Images, field)
		} else {
			change.Fields = append(change.Fields, field)
		}
	}
	if len(change.Fields)+len(change.Images) == 0 {
		return ObjectChange{}, false
	}
	change.Statements = explain(baseTree, headTree, change)
	return change, true
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
