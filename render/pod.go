package render

import (
	"fmt"
	"math"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	apiv1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/workflows"
)

// podSlack is what a pod's own deadline has above a step's timeout. The shim
// enforces the timeout of running; the pod's deadline is there for a pod that
// hangs without it, and counts from when the kubelet took the pod, so that
// pulling a large image must fit in.
const podSlack = 30 * time.Minute

// labelStep is on every pod of a step.
const labelStep = "gantline.dev/step"

// pod is the container template of a step that runs a script or a program.
func (s *step) pod() wfv1.Template {
	image := s.image()
	spec := s.spec()
	for _, volume := range image.Volumes {
		spec.Mounts = append(spec.Mounts, volume.Path)
	}
	encoded, err := wire.Encode(spec)
	if err != nil {
		s.errorf(s.name.Pos, "value", "%s", err)
	}
	s.checkBytes(s.name.Pos, "step with its script, arguments and environment", len(encoded), wire.MaxArgBytes)
	template := wfv1.Template{
		Name:     s.name.V,
		Metadata: wfv1.Metadata{Labels: map[string]string{labelStep: s.name.V}},
		Outputs:  s.outputs(),
		Container: &apiv1.Container{
			Name: "main", Image: image.Ref, ImagePullPolicy: apiv1.PullIfNotPresent,
			Command: []string{wire.Shim}, Args: []string{"exec", encoded},
			WorkingDir:      s.plainOr(s.def.Workdir, image.Workdir),
			Env:             append(s.inputs.env(), s.secretEnv()...),
			SecurityContext: containerSecurity(),
			Resources:       s.resources(),
		},
		NodeSelector:      s.nodeSelector(),
		Tolerations:       s.tolerations(),
		PriorityClassName: s.plainOr(s.def.Priority, ""),
		SecurityContext:   s.podSecurity(image),
		RetryStrategy:     s.retryStrategy(),
	}
	if template.RetryStrategy != nil {
		template.Container.Env = append(template.Container.Env, apiv1.EnvVar{Name: wire.RetriesVar, Value: "{{retries}}"})
	}
	if s.def.Timeout != nil {
		deadline := intstr.FromInt32(wholeSeconds32(s.def.Timeout.V.Duration() + podSlack))
		template.ActiveDeadlineSeconds = &deadline
	}
	s.addVolumes(&template, image.Volumes)
	s.addServiceAccount(&template)
	return template
}

// image is what the step runs in.
func (s *step) image() Image {
	name, pos := s.opts.DefaultImage, s.name.Pos
	if s.def.Image != nil {
		name, pos = s.def.Image.V, s.def.Image.Pos
	}
	image, ok := s.pins[name]
	switch {
	case name == "":
		s.add(diag.Errorf(pos, "image", "step %q names no image", s.name.V).WithHint("write image: with a name under images:"))
	case !ok:
		s.errorf(pos, "image", "image %q is not pinned to a digest", name)
	case !s.pinned(image.Ref):
		s.errorf(pos, "image", "image %q is pinned to %q, which is no digest", name, image.Ref)
	}
	for _, volume := range image.Volumes {
		if !s.pinned(volume.Ref) {
			s.errorf(pos, "image", "volume %q of image %q is pinned to %q, which is no digest", volume.Name, name, volume.Ref)
		}
	}
	return image
}

// pinned says whether a reference has a digest, or stands for one in a preview.
func (s *step) pinned(ref string) bool {
	return strings.Contains(ref, "@sha256:") || s.opts.Preview && strings.HasPrefix(ref, Unbuilt)
}

// spec is what the shim is told.
func (s *step) spec() wire.Spec {
	spec := wire.Spec{Flow: s.flow.Name.V, Step: s.name.V}
	for _, entry := range s.def.Env {
		spec.Env = append(spec.Env, wire.Var{Name: entry.Key.V, Value: s.text(entry.V)})
	}
	switch run := s.def.Run; {
	case run == nil: // notRendered has reported it
	case run.Script != nil:
		s.script(&spec, *run.Script)
	default:
		for _, arg := range run.Args {
			spec.Args = append(spec.Args, s.text(arg))
		}
	}
	for _, entry := range s.def.Outputs {
		output := wire.Output{Name: entry.Key.V, Type: string(entry.V.TypeOf())}
		if entry.V.Default != nil {
			value := s.outputDefault(entry.V, "")
			output.Default = &value
		}
		spec.Outputs = append(spec.Outputs, output)
	}
	if s.def.Timeout != nil {
		spec.Timeout = s.def.Timeout.V.Duration().String()
	}
	return spec
}

// script fills in the script, whose expressions become environment variables.
func (s *step) script(spec *wire.Spec, script diag.Value[string]) {
	for _, word := range s.def.Shell {
		spec.Shell = append(spec.Shell, word.V)
	}
	names := variables{}
	text, refs, problems := workflows.RewriteScript(script, spec.Shell, names.of)
	s.add(problems...)
	if len(spec.Shell) == 0 {
		spec.Shell = []string{"bash", "-eo", "pipefail"}
	}
	spec.Script = strings.Split(text, "\n")
	done := map[string]bool{}
	for _, ref := range refs {
		if name := names.of(ref); !done[name] {
			done[name] = true
			spec.Env = append(spec.Env, wire.Var{Name: name, Value: wire.Text{s.part(ref)}})
		}
	}
}

// outputs is what Argo reads from the files that the shim encoded.
func (s *step) outputs() wfv1.Outputs {
	var out wfv1.Outputs
	for _, entry := range s.def.Outputs {
		from := &wfv1.ValueFrom{Path: wire.EncodedDir + "/" + entry.Key.V}
		if entry.V.Default != nil {
			from.Default = wfv1.AnyStringPtr(s.outputDefault(entry.V, ""))
		}
		out.Parameters = append(out.Parameters, wfv1.Parameter{Name: entry.Key.V, ValueFrom: from})
	}
	return out
}

// variables gives each reference of a script its environment variable.
type variables map[string]string

// of is the variable's name: GANTLINE_PARAMS_MODEL for params.model. Where two
// references would share one, the later gets a number.
func (v variables) of(ref workflows.Ref) string {
	if name, ok := v[ref.String()]; ok {
		return name
	}
	base := "GANTLINE_" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, ref.String())
	name := base
	for n := 2; v.taken(name); n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	v[ref.String()] = name
	return name
}

func (v variables) taken(name string) bool {
	for _, other := range v {
		if other == name {
			return true
		}
	}
	return false
}

// wholeSeconds is a duration in seconds, rounded up, as Argo reads one.
func wholeSeconds(d diag.Duration) string { return fmt.Sprint(wholeSeconds32(d.Duration())) }

// wholeSeconds32 is a duration in seconds, rounded up, cut off at what the
// field holds (68 years).
func wholeSeconds32(d time.Duration) int32 {
	return int32(min(math.Ceil(d.Seconds()), math.MaxInt32))
}
