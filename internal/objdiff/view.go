package objdiff

import (
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/kube"
)

// noise is the values that a view leaves out, as JSON by rule and place.
type noise map[string]string

// view is what of an object is compared: its tree without what controllers and
// tools write for themselves, and with encoded arguments decoded. The zero
// Object is an empty tree.
func view(object kube.Object) (map[string]any, noise) {
	hidden := noise{}
	if object.Kind == "" {
		return map[string]any{}, hidden
	}
	tree, err := object.Tree()
	if err != nil {
		return map[string]any{}, hidden // no Object that kube made gets here
	}
	hide(tree, hidden, "status")
	if meta, ok := tree["metadata"].(map[string]any); ok {
		hide(meta, hidden, "managedFields", "creationTimestamp", "generation", "resourceVersion", "selfLink", "uid")
		if annotations, ok := meta["annotations"].(map[string]any); ok {
			hide(annotations, hidden, slices.DeleteFunc(sortedKeys(annotations), keeps)...)
			if len(annotations) == 0 {
				delete(meta, "annotations")
			}
		}
		if labels, ok := meta["labels"].(map[string]any); ok {
			hide(labels, hidden, slices.DeleteFunc(sortedKeys(labels), keeps)...)
		}
	}
	decodeArguments(tree)
	return tree, hidden
}

// keeps says whether a label or annotation means something to a reviewer.
func keeps(key string) bool {
	switch key {
	case "kubectl.kubernetes.io/last-applied-configuration",
		"cronworkflows.argoproj.io/last-used-schedule",
		"gantline.dev/commit", "gantline.dev/revision", "gantline.dev/source", "gantline.dev/tool":
		return false
	}
	return !strings.HasPrefix(key, "workflows.argoproj.io/creator") &&
		!strings.HasPrefix(key, "workflows.argoproj.io/actor")
}

func hide(m map[string]any, hidden noise, keys ...string) {
	for _, key := range keys {
		if value, ok := m[key]; ok {
			hidden[key] = string(encode(value))
			delete(m, key)
		}
	}
}

// countHidden adds one for each rule whose values differ.
func countHidden(base, head noise, counts map[string]int) {
	for rule, value := range base {
		if other, ok := head[rule]; !ok || other != value {
			counts[rule]++
		}
	}
	for rule := range head {
		if _, ok := base[rule]; !ok {
			counts[rule]++
		}
	}
}

// YAML is both sides of the change as YAML, as they were compared: without
// what was hidden, and with steps' encoded arguments decoded. A side that does
// not exist is empty.
func (c ObjectChange) YAML() (base, head string, err error) {
	if base, err = viewYAML(c.Base); err != nil {
		return "", "", err
	}
	head, err = viewYAML(c.Head)
	return base, head, err
}

func viewYAML(object kube.Object) (string, error) {
	if object.Kind == "" {
		return "", nil
	}
	tree, _ := view(object)
	out, err := kube.YAML(encode(tree))
	if err != nil {
		return "", fmt.Errorf("writing %s as YAML: %w", object.ID, err)
	}
	return string(out), nil
}
