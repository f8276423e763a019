package render

import (
	"encoding/json"
	"fmt"

	"gantline.dev/gantline/internal/kube"
)

// Run is what one run has beside the flow's template.
type Run struct {
	// Name of the Workflow.
	Name string
	// Params are encoded values by the names of the flow's parameters; what is
	// missing keeps its default. RunParams makes them.
	Params map[string]string
	// Labels and Annotations are added to those of the template.
	Labels, Annotations map[string]string
}

// Workflow is a run of its own of a rendered WorkflowTemplate: the whole spec
// stands in it, because the template of a local commit is deployed nowhere.
func Workflow(template kube.Object, run Run) (kube.Object, error) {
	tree, err := template.Tree()
	if err != nil {
		return kube.Object{}, err
	}
	meta, spec := child(tree, "metadata"), child(tree, "spec")
	tree["kind"], meta["name"] = kindWorkflow, run.Name
	for key, entries := range map[string]map[string]string{"labels": run.Labels, "annotations": run.Annotations} {
		into := child(meta, key)
		for name, value := range entries {
			into[name] = value
		}
	}
	keepPods(spec)
	// It gives labels to runs of a template; this one has its own.
	delete(spec, "workflowMetadata")
	if err := setParams(spec, run.Params); err != nil {
		return kube.Object{}, fmt.Errorf("making run %q: %w", run.Name, err)
	}
	raw, err := json.Marshal(tree)
	if err != nil {
		return kube.Object{}, fmt.Errorf("making run %q: %w", run.Name, err)
	}
	return kube.New(json.RawMessage(raw), template.Flow, template.Source)
}

const kindWorkflow = "Workflow"

// podsOfRun is how long the pods that a flow does not keep stay in a run of its
// own: somebody looks at that, and a pod's log goes with it.
const podsOfRun = "1h"

// keepPods delays the deletion of pods, where the flow asks for one.
func keepPods(spec map[string]any) {
	if gc, ok := spec["podGC"].(map[string]any); ok && gc["strategy"] != nil {
		gc["deleteDelayDuration"] = podsOfRun
	}
}

// child is the object under a key, made where it is missing.
func child(parent map[string]any, key string) map[string]any {
	object, ok := parent[key].(map[string]any)
	if !ok {
		object = map[string]any{}
		parent[key] = object
	}
	return object
}

// setParams gives the spec's parameters their values.
func setParams(spec map[string]any, values map[string]string) error {
	list, _ := child(spec, "arguments")["parameters"].([]any)
	set := 0
	for _, entry := range list {
		param, _ := entry.(map[string]any)
		name, _ := param["name"].(string)
		if value, ok := values[name]; ok {
			param["value"] = value
			set++
		}
	}
	if len(list) == 0 {
		delete(spec, "arguments")
	}
	if set != len(values) {
		return fmt.Errorf("%d values for parameters, of which the template has %d", len(values), set)
	}
	return nil
}
