package render

import (
	"bytes"
	"encoding/json"
	"fmt"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/workflows"
)

// Image is what a step runs in.
type Image struct {
	// Ref is the image by digest: repository@sha256:….
	Ref string
	// Commit is the image's origin: the commit whose content it holds. It is
	// what the expression `commit` denotes.
	Commit string
	// Workdir is the working directory of a step that names none; empty is
	// the image's own.
	Workdir string
	// User is the image's user as its configuration has it: "1000:1000",
	// "1000", a name, or "" for root.
	User string
	// Volumes are data of the image, which its pods mount.
	Volumes []Volume
}

// Volume is data that is an image of its own.
type Volume struct {
	// Name is a DNS label of 58 characters at most.
	Name string
	// Ref is its image by digest, as Image.Ref is.
	Ref string
	// Path is the absolute directory where the image's code looks for it.
	Path string
}

// Unbuilt begins the Ref of an image that is not built, in a preview:
// unbuilt:<origin>.
const Unbuilt = "unbuilt:"

// Pins are the images by the name that flows use for them.
type Pins map[string]Image

// Options are what a flow's objects depend on beside the flow and its images.
type Options struct {
	// Project is the first part of every object's name.
	Project string
	// ArgoVersion is the oldest Argo that must take the objects, such as
	// "3.6"; empty is 3.7.
	ArgoVersion string
	// Preview takes images that are not built, whose Ref is Unbuilt and the
	// origin. What is rendered so can be compared, and nothing else.
	Preview bool
	// DefaultImage names the pin of a step that names no image.
	DefaultImage string
}

// Argo renders one flow that passed workflows.Check. It returns a
// WorkflowTemplate and, if the flow has a schedule, a CronWorkflow, sorted by
// identity; or, where it can't render the flow as it stands, problems of
// severity Error and no objects. Warnings come with objects.
func Argo(flow *workflows.Flow, pins Pins, opts Options) ([]kube.Object, []diag.Problem) {
	r := &renderer{flow: flow, pins: pins, opts: opts}
	r.notRendered()
	r.checkVersion()
	r.checkName()
	values := []any{r.workflowTemplate()}
	if flow.Schedule != nil {
		values = append(values, r.cronWorkflow())
	}
	var objects []kube.Object
	for _, value := range values {
		object, err := newObject(value, flow)
		if err != nil {
			r.errorf(flow.Name.Pos, "render", "%s", err)
			continue
		}
		r.checkSize(object)
		objects = append(objects, object)
	}
	problems := diag.Sorted(r.problems)
	if diag.HasErrors(problems) {
		return nil, problems
	}
	return kube.Sort(objects), problems
}

// newObject makes the object without the empty structs that Argo's types
// always write: they say nothing, and people read the objects.
func newObject(value any, flow *workflows.Flow) (kube.Object, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return kube.Object{}, fmt.Errorf("encoding object: %w", err)
	}
	for _, key := range []string{"arguments", "inputs", "outputs", "metadata", "resources"} {
		// Inside a JSON string the quotes would be escaped, so this is a member.
		raw = bytes.ReplaceAll(raw, []byte(`,"`+key+`":{}`), nil)
	}
	return kube.New(json.RawMessage(raw), flow.Name.V, source(flow))
}

// source is where the objects of the flow come from: the file, without a line,
// so that an object stays the same when lines move.
func source(flow *workflows.Flow) diag.Position {
	return diag.Position{File: flow.Name.Pos.File}
}

// renderer collects what one flow becomes: its templates, and the problems on
// the way.
type renderer struct {
	flow      *workflows.Flow
	pins      Pins
	opts      Options
	templates []wfv1.Template
	problems  []diag.Problem
}

func (r *renderer) errorf(pos diag.Position, rule, format string, args ...any) {
	r.problems = append(r.problems, diag.Errorf(pos, rule, format, args...))
}

func (r *renderer) add(problems ...diag.Problem) { r.problems = append(r.problems, problems...) }

// addTemplate keeps a template, whose name must be its own.
func (r *renderer) addTemplate(pos diag.Position, template wfv1.Template) {
	for _, other := range r.templates {
		if other.Name == template.Name {
			r.add(diag.Errorf(pos, "names", "the name %q is taken by another step", template.Name).
				WithHint("steps and on_exit steps share one set of names"))
			return
		}
	}
	r.templates = append(r.templates, template)
}

// name is the name of the flow's objects.
func (r *renderer) name() string { return fmt.Sprintf("%s-%s", r.opts.Project, r.flow.Name.V) }
