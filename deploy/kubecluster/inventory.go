package kubecluster

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/deploy"
)

// State says whether the last deploy came to its end.
type State string

// The states of an inventory.
const (
	// Settled is an inventory of exactly what is there.
	Settled State = "settled"
	// Deploying is one that claims more: a deploy is under way, or was killed.
	Deploying State = "deploying"
)

// keptDeploys is how many deploys the inventory remembers.
const keptDeploys = 20

// Inventory is what a project has in a namespace: the text of its ConfigMap.
type Inventory struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Project    string  `json:"project"`
	State      State   `json:"state"`
	Objects    []Entry `json:"objects"`
	// Deploys is the last ones, newest first.
	Deploys []deploy.Deployed `json:"deploys"`
}

// Entry is one object that was applied, or is about to be.
type Entry struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	// UID of the object; empty where it was about to be created.
	UID string `json:"uid,omitempty"`
	// Hash of the object that was applied, Spec that of its spec without a
	// suspension; both empty where a deploy was about to change it.
	Hash string `json:"hash,omitempty"`
	Spec string `json:"spec,omitempty"`
}

func (e Entry) id() string { return e.Kind + "/" + e.Name }

// hashLength is how much of a SHA-256 an inventory keeps, in hex: what it holds
// for thousands of objects must fit a ConfigMap.
const hashLength = 32

func newInventory(project string) Inventory {
	return Inventory{APIVersion: "gantline.dev/v1", Kind: "Inventory", Project: project, State: Settled}
}

// parseInventory reads the text of an inventory; "" is one of nothing.
func parseInventory(project, text string) (Inventory, error) {
	inventory := newInventory(project)
	if text == "" {
		return inventory, nil
	}
	if err := json.Unmarshal([]byte(text), &inventory); err != nil {
		return Inventory{}, fmt.Errorf("it is not an inventory: %w\n  %s", err, emptied(project))
	}
	if want := newInventory(project); inventory.APIVersion != want.APIVersion || inventory.Kind != want.Kind || inventory.Project != project {
		return Inventory{}, fmt.Errorf("it holds %s %s of project %q; a newer gantline, or another program, wrote it\n  use that version, or %s", inventory.APIVersion, inventory.Kind, inventory.Project, emptied(project))
	}
	return inventory, nil
}

// emptied is what to do about an inventory that cannot be read.
func emptied(project string) string {
	return fmt.Sprintf(`empty it, and the next deploy takes over what has the project's label: kubectl patch configmap %s --type merge -p '{"data":null}'`, objectName(project))
}

// text is the inventory as the ConfigMap holds it: one object a line, so that
// people can read it.
func (i Inventory) text() (string, error) {
	objects, deploys := i.Objects, i.Deploys
	i.Objects, i.Deploys = nil, nil
	head, err := json.Marshal(i)
	if err != nil {
		return "", fmt.Errorf("writing the inventory: %w", err)
	}
	out, _, _ := strings.Cut(string(head), `,"objects":null`)
	lists, err := lines(objects)
	if err != nil {
		return "", err
	}
	history, err := lines(deploys)
	if err != nil {
		return "", err
	}
	return out + ",\n\"objects\": [" + lists + "],\n\"deploys\": [" + history + "]}\n", nil
}

func lines[T any](items []T) (string, error) {
	var out []string
	for _, item := range items {
		line, err := json.Marshal(item)
		if err != nil {
			return "", fmt.Errorf("writing the inventory: %w", err)
		}
		out = append(out, "\n  "+string(line))
	}
	return strings.Join(out, ","), nil
}

// entries is the objects by Kind/name.
func (i Inventory) entries() map[string]Entry {
	out := make(map[string]Entry, len(i.Objects))
	for _, entry := range i.Objects {
		out[entry.id()] = entry
	}
	return out
}

// claim is the inventory before a deploy writes: what there was and what there
// will be, with nothing said of how far each is.
func (i Inventory) claim(plan deploy.Plan) Inventory {
	known := i.entries()
	for _, step := range plan.Steps {
		entry, ok := known[step.ID()]
		if !ok {
			entry = Entry{Kind: step.Kind, Name: step.Name}
		}
		if step.Action != deploy.Unchanged {
			entry.Hash, entry.Spec = "", ""
		}
		if step.Live != nil && step.Live.UID != "" {
			entry.UID = step.Live.UID // the object was made anew, or adopted
		}
		known[step.ID()] = entry
	}
	i.State = Deploying
	i.Objects = sorted(known)
	return i
}

// settle is the inventory after a deploy, of what was applied.
func (i Inventory) settle(applied []Entry, last deploy.Deployed) Inventory {
	i.State = Settled
	known := map[string]Entry{}
	for _, entry := range applied {
		known[entry.id()] = entry
	}
	i.Objects = sorted(known)
	i.Deploys = append([]deploy.Deployed{last}, i.Deploys...)
	i.Deploys = i.Deploys[:min(len(i.Deploys), keptDeploys)]
	return i
}

func sorted(entries map[string]Entry) []Entry {
	out := make([]Entry, 0, len(entries))
	for _, entry := range entries {
		out = append(out, entry)
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.id(), b.id()) })
	return out
}

// deployed is one line of the inventory's history.
func (t *Target) deployed(plan deploy.Plan, now time.Time) deploy.Deployed {
	return deploy.Deployed{
		Time: now.UTC().Truncate(time.Second), Project: plan.Project, Target: t.Name,
		Commit: plan.Commit, Subject: plan.Subject, Summary: plan.Summary(), By: t.By, Tool: t.Tool,
	}
}
