package kubecluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gantline.dev/gantline/internal/cluster"
)

// Labels that objects carry, and that Argo puts on runs.
const (
	labelProject   = "gantline.dev/project"
	labelFlow      = "gantline.dev/flow"
	labelCompleted = "workflows.argoproj.io/completed"
)

// kindOf is a kind that is deployed. They are applied in this order, so that a
// schedule finds its template, and removed in the other.
type kindOf struct {
	name     string
	resource schema.GroupVersionResource
}

func kinds() []kindOf {
	return []kindOf{{"WorkflowTemplate", cluster.WorkflowTemplates}, {"CronWorkflow", cluster.CronWorkflows}}
}

// resourceOf is the resource of a kind that is deployed.
func resourceOf(kind string) (schema.GroupVersionResource, error) {
	for _, known := range kinds() {
		if known.name == kind {
			return known.resource, nil
		}
	}
	return schema.GroupVersionResource{}, fmt.Errorf("objects of kind %s are not deployed to clusters", kind)
}

// pageSize is how many objects one answer lists; a namespace may hold those of
// many projects.
const pageSize = 2000

// list is the objects of all deployed kinds in the namespace, by Kind/name.
func (t *Target) list(ctx context.Context) (map[string]live, error) {
	out := map[string]live{}
	for _, kind := range kinds() {
		err := t.each(ctx, kind.resource, "", func(object *unstructured.Unstructured) {
			out[kind.name+"/"+object.GetName()] = live{object}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// each calls do for every object of a resource that the selector finds.
func (t *Target) each(ctx context.Context, resource schema.GroupVersionResource, selector string, do func(*unstructured.Unstructured)) error {
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	for {
		page, err := t.listPage(ctx, resource, options)
		if err != nil {
			return t.Cluster.Explain("listing "+resource.Resource, err)
		}
		for i := range page.Items {
			do(&page.Items[i])
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return nil
		}
	}
}

func (t *Target) listPage(ctx context.Context, resource schema.GroupVersionResource, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	return t.Cluster.In(resource).List(ctx, options)
}

// get is one object of a deployed kind, read again.
func (t *Target) get(ctx context.Context, kind, name string) (live, error) {
	resource, err := resourceOf(kind)
	if err != nil {
		return live{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	object, err := t.Cluster.In(resource).Get(ctx, name, metav1.GetOptions{})
	return live{object}, t.Cluster.Explain("reading "+kind+"/"+name, err)
}

// live is an object as the cluster has it; the zero value is none.
type live struct{ *unstructured.Unstructured }

func (l live) exists() bool { return l.Unstructured != nil }

func (l live) project() string { return l.GetLabels()[labelProject] }

// suspend is spec.suspend; set is false where the object does not have it.
func (l live) suspend() (value, set bool) {
	value, set, err := unstructured.NestedBool(l.Object, "spec", "suspend")
	return value, set && err == nil
}

// owner is one entry of managedFields: a manager and the fields that it owns.
type owner struct {
	manager string
	fields  map[string]any
}

func (l live) owners() []owner {
	var out []owner
	for _, entry := range l.GetManagedFields() {
		if entry.FieldsV1 == nil {
			continue
		}
		var fields map[string]any
		if json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) == nil {
			out = append(out, owner{entry.Manager, fields})
		}
	}
	return out
}

// atomicSpec says whether the whole spec is one field, as it is with Argo's
// minimal CRDs: then its owner has it without any field below.
func (l live) atomicSpec() bool {
	return slices.ContainsFunc(l.owners(), func(o owner) bool {
		spec, ok := o.fields["f:spec"].(map[string]any)
		return ok && len(spec) == 0
	})
}

// suspendedBy is the manager, other than Gantline, that owns the suspension; ""
// where nobody knows.
func (l live) suspendedBy() string {
	var names []string
	for _, o := range l.owners() {
		spec, ok := o.fields["f:spec"].(map[string]any)
		_, own := spec["f:suspend"]
		if ok && (own || len(spec) == 0) && o.manager != Manager {
			names = append(names, o.manager)
		}
	}
	return strings.Join(names, ", ")
}

// specHash is the hash of an object's spec without a suspension.
func specHash(object map[string]any) (string, error) {
	spec, _, err := unstructured.NestedMap(object, "spec")
	if err != nil {
		return "", fmt.Errorf("reading a spec: %w", err)
	}
	delete(spec, "suspend")
	text, err := json.Marshal(spec)
	if err != nil {
		return "", fmt.Errorf("reading a spec: %w", err)
	}
	return shortHash(text), nil
}
