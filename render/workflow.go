package render

import (
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// Kinds of what is rendered.
const (
	kindTemplate = "WorkflowTemplate"
	kindCron     = "CronWorkflow"
)

// Labels and annotations of everything that is rendered.
const (
	labelProject = "gantline.dev/project"
	labelFlow    = "gantline.dev/flow"

	annotationSource      = "gantline.dev/source"
	annotationOwner       = "gantline.dev/owner"
	annotationDescription = "workflows.argoproj.io/description" // shown in Argo's UI
)

func (r *renderer) workflowTemplate() wfv1.WorkflowTemplate {
	r.addDAG(templateFlow, r.flow.Steps)
	spec := wfv1.WorkflowSpec{
		Entrypoint:                   templateFlow,
		Arguments:                    r.params(),
		ServiceAccountName:           ServiceAccount,
		AutomountServiceAccountToken: ptr(false),
		Executor:                     &wfv1.ExecutorConfig{ServiceAccountName: ServiceAccount},
		Priority:                     int32Of(r.flow.Priority),
		TTLStrategy:                  r.ttl(),
		PodGC:                        r.podGC(),
		WorkflowMetadata:             &wfv1.WorkflowMetadata{Labels: r.labels()},
		PodMetadata:                  &wfv1.Metadata{Labels: r.labels()},
	}
	if r.flow.Parallelism != nil {
		spec.Parallelism = ptr(int64(r.flow.Parallelism.V))
	}
	if r.flow.Timeout != nil {
		spec.ActiveDeadlineSeconds = ptr(int64(wholeSeconds32(r.flow.Timeout.V.Duration())))
	}
	if len(r.flow.OnExit) > 0 {
		r.addDAG(templateExit, r.flow.OnExit)
		spec.OnExit = templateExit
	}
	r.addTemplate(r.flow.Name.Pos, verdictTemplate())
	r.checkTemplates()
	spec.Templates = sortedTemplates(r.templates)
	return wfv1.WorkflowTemplate{
		TypeMeta:   metav1.TypeMeta{APIVersion: wfv1.SchemeGroupVersion.String(), Kind: kindTemplate},
		ObjectMeta: r.metadata(),
		Spec:       spec,
	}
}

// metadata is that of both objects. Annotations stand as they were written:
// Argo replaces tags in specs alone, and hands these on to no run.
func (r *renderer) metadata() metav1.ObjectMeta {
	annotations := map[string]string{annotationSource: source(r.flow).File}
	if r.flow.Owner != nil {
		annotations[annotationOwner] = r.flow.Owner.V
	}
	if r.flow.Description != nil {
		annotations[annotationDescription] = r.flow.Description.V
	}
	for _, entry := range r.flow.Annotations {
		if r.ownKey(entry.Key) {
			annotations[entry.Key.V] = entry.V.V
		}
	}
	return metav1.ObjectMeta{Name: r.name(), Labels: r.labels(), Annotations: annotations}
}

// labels are on the objects, on the runs that they start and on their pods.
func (r *renderer) labels() map[string]string {
	labels := map[string]string{labelProject: r.opts.Project, labelFlow: r.flow.Name.V}
	for _, entry := range r.flow.Labels {
		for _, problem := range validation.IsValidLabelValue(entry.V.V) {
			r.errorf(entry.V.Pos, "label", "%q is no value of a label: %s", entry.V.V, problem)
		}
		if r.ownKey(entry.Key) {
			labels[entry.Key.V] = entry.V.V
		}
	}
	return labels
}

// ownKey says whether the key of a label or annotation is the user's to set.
func (r *renderer) ownKey(key diag.Value[string]) bool {
	problems := validation.IsQualifiedName(key.V)
	for _, prefix := range []string{"gantline.dev/", "workflows.argoproj.io/"} {
		if strings.HasPrefix(key.V, prefix) {
			problems = append(problems, "names with "+prefix+" are set by gantline and Argo")
		}
	}
	for _, problem := range problems {
		r.errorf(key.Pos, "label", "%q is no name of a label or annotation here: %s", key.V, problem)
	}
	return len(problems) == 0
}

// params are the workflow's parameters, whose values are encoded. Who starts a
// run past gantline gives encoded values too: JSON, a string in its quotes.
// Such values are what they are: nothing escapes what Argo would interpret.
func (r *renderer) params() wfv1.Arguments {
	var out wfv1.Arguments
	for _, entry := range r.flow.Params {
		param := wfv1.Parameter{Name: entry.Key.V}
		if entry.V.Default != nil {
			param.Value = wfv1.AnyStringPtr(r.encode(entry.V.Default.Pos, typed(entry.V.Default, entry.V.TypeOf())))
		}
		for _, choice := range entry.V.Enum {
			value := any(choice.V)
			if choice.Node != nil {
				value = typed(&workflows.Any{Pos: choice.Pos, Node: choice.Node}, entry.V.TypeOf())
			}
			param.Enum = append(param.Enum, *wfv1.AnyStringPtr(r.encode(choice.Pos, value)))
		}
		if entry.V.Help != nil {
			param.Description = wfv1.AnyStringPtr(shown(entry.V.Help.V))
		}
		out.Parameters = append(out.Parameters, param)
	}
	return out
}

// shown is text that only people read, in a place where Argo looks for tags.
func shown(text string) string {
	return strings.NewReplacer("{{", "{ {", "}}", "} }").Replace(strings.Join(strings.Fields(text), " "))
}

// How long runs stay where the flow says nothing.
const (
	keepSuccess = 3 * 24 * time.Hour
	keepFailure = 14 * 24 * time.Hour
)

func durationOr(v *diag.Value[diag.Duration], otherwise time.Duration) time.Duration {
	if v == nil {
		return otherwise
	}
	return v.V.Duration()
}

// ttl is how long finished runs stay.
func (r *renderer) ttl() *wfv1.TTLStrategy {
	keep := r.keep()
	return &wfv1.TTLStrategy{
		SecondsAfterSuccess: ptr(wholeSeconds32(durationOr(keep.Success, keepSuccess))),
		SecondsAfterFailure: ptr(wholeSeconds32(durationOr(keep.Failure, keepFailure))),
	}
}

// podGC is which finished pods are deleted before the run is. The empty one
// deletes none, whatever the controller's defaults are.
func (r *renderer) podGC() *wfv1.PodGC {
	pods := r.keep().Pods
	switch {
	case pods != nil && pods.V == "failed":
		return &wfv1.PodGC{Strategy: wfv1.PodGCOnPodSuccess}
	case pods != nil && pods.V == "none":
		return &wfv1.PodGC{Strategy: wfv1.PodGCOnPodCompletion}
	}
	return &wfv1.PodGC{}
}

func (r *renderer) keep() workflows.Keep {
	if r.flow.Keep == nil {
		return workflows.Keep{}
	}
	return *r.flow.Keep
}

func int32Of(v *diag.Value[int]) *int32 {
	if v == nil {
		return nil
	}
	return ptr(int32(min(max(v.V, -1<<31), 1<<31-1)))
}

// sortedTemplates orders templates by name, so that a step that moves within
// the file moves nothing else.
func sortedTemplates(templates []wfv1.Template) []wfv1.Template {
	out := slices.Clone(templates)
	slices.SortFunc(out, func(a, b wfv1.Template) int { return strings.Compare(a.Name, b.Name) })
	return out
}
