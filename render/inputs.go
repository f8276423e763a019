package render

import (
	"fmt"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	apiv1 "k8s.io/api/core/v1"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/workflows"
)

// Keys of the inputs through which a foreach passes an item.
const (
	keyItems = "items"
	keyIndex = "index"
)

// input is one value that a step's container reads.
type input struct {
	// key names the input parameter and, after wire.InputPrefix, the variable.
	key string
	// ref is the reference that it carries; empty for items and index.
	ref string
	// argument is what the DAG passes to the step's template. It is empty for
	// what Argo knows everywhere: parameters and the run itself.
	argument string
	// global is the variable's value where there is no argument.
	global string
}

// env is the value of the variable in the container.
func (i input) env() string {
	if i.argument == "" {
		return i.global
	}
	return "{{inputs.parameters." + i.key + "}}"
}

// bound is the inputs of one step, each reference once.
type bound []input

// add keeps an input unless its reference is there already, and gives its key.
// Two references whose names make the same key get different ones.
func (b *bound) add(in input) string {
	if at := slices.IndexFunc(*b, func(o input) bool { return in.ref != "" && o.ref == in.ref }); at >= 0 {
		return (*b)[at].key
	}
	base := in.key
	for n := 2; slices.ContainsFunc(*b, func(o input) bool { return o.key == in.key }); n++ {
		if in.ref == "" {
			return in.key
		}
		in.key = fmt.Sprintf("%s-%d", base, n)
	}
	*b = append(*b, in)
	return in.key
}

// passed is the inputs that come as arguments.
func (b bound) passed() bound {
	return slices.DeleteFunc(slices.Clone(b), func(i input) bool { return i.argument == "" })
}

// declare is the input parameters of a template that receives them.
func (b bound) declare() wfv1.Inputs {
	var out wfv1.Inputs
	for _, in := range b.passed() {
		out.Parameters = append(out.Parameters, wfv1.Parameter{Name: in.key})
	}
	return out
}

// arguments is what a DAG's task passes.
func (b bound) arguments() wfv1.Arguments {
	var out wfv1.Arguments
	for _, in := range b.passed() {
		out.Parameters = append(out.Parameters, parameter(in.key, in.argument))
	}
	return out
}

// handedOn is what a task inside a template that received them passes on.
func (b bound) handedOn() wfv1.Arguments {
	var out wfv1.Arguments
	for _, in := range b.passed() {
		out.Parameters = append(out.Parameters, parameter(in.key, in.env()))
	}
	return out
}

// env is the container's variables that hold the inputs.
func (b bound) env() []apiv1.EnvVar {
	out := make([]apiv1.EnvVar, 0, len(b))
	for _, in := range b {
		out = append(out, apiv1.EnvVar{Name: wire.InputPrefix + in.key, Value: in.env()})
	}
	return out
}

func parameter(name, value string) wfv1.Parameter {
	return wfv1.Parameter{Name: name, Value: wfv1.AnyStringPtr(value)}
}

// part is the reference as a part of a text that the shim puts together.
func (s *step) part(ref workflows.Ref) wire.Part {
	switch ref.Root {
	case workflows.RootCommit:
		return wire.Part{Lit: s.image().Commit}
	case workflows.RootImage:
		return wire.Part{Lit: s.image().Ref}
	case workflows.RootItem:
		return s.itemPart(ref)
	case workflows.RootSteps:
		return wire.Part{In: s.bind(ref), Join: s.isJoin(ref)}
	}
	return wire.Part{In: s.bind(ref)}
}

// bind makes the reference an input of the step and gives its key.
func (s *step) bind(ref workflows.Ref) string {
	in := input{key: strings.Join(append([]string{ref.Root}, ref.Path...), "-"), ref: ref.String()}
	switch ref.Root {
	case workflows.RootParams:
		in.global = "{{workflow.parameters." + ref.Path[0] + "}}"
	case workflows.RootRun:
		in.global = s.runValue(ref)
	case workflows.RootSteps:
		in.argument = tag(s.stepValue(ref))
	default:
		s.notYet(ref)
	}
	return s.inputs.add(in)
}

// text is a string with expressions as the shim puts it together.
func (s *step) text(v diag.Value[string]) wire.Text {
	segments, problems := workflows.ParseText(v)
	s.add(problems...)
	text := wire.Text{}
	for _, segment := range segments {
		if segment.Ref == nil {
			text = append(text, wire.Part{Lit: segment.Text})
			continue
		}
		text = append(text, s.part(*segment.Ref))
	}
	return text
}

func (s *step) notYet(ref workflows.Ref) {
	s.errorf(ref.Pos, ruleNotRendered, "%q is recognised, but not rendered yet", ref)
}
