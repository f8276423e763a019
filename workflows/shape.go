package workflows

import (
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/internal/diag"
)

// shape is what is wrong with how fields go together, which each step shows by
// itself.
func shape(f *Flow) []diag.Problem {
	var out []diag.Problem
	if f.Defaults != nil {
		out = append(out, defaultsShape(f.written()[0])...)
	}
	for _, step := range f.written() {
		if step.Step == f.Defaults || !step.Pos.IsSet() {
			continue
		}
		out = append(out, kindShape(step)...)
	}
	for _, step := range f.written() {
		out = append(out, partsShape(step.Step)...)
	}
	if steps := f.node("steps"); steps != nil && steps.Kind == diag.Map && len(f.Steps) == 0 {
		out = append(out, diag.Errorf(steps.Pos, "shape", "the flow has no steps"))
	}
	return append(out, rangesOf(f)...)
}

func defaultsShape(s own) []diag.Problem {
	var out []diag.Problem
	never := []string{"run", "launch", "approve", "sleep", "after", "if", "foreach", "outputs", "artifacts"}
	for _, field := range s.fieldsSet() {
		if slices.Contains(never, field) {
			out = append(out, diag.Errorf(s.at(field), "shape", "%q can't be a default; each step has its own", field))
		}
	}
	return out
}

// kindShape: a step is one thing, and has only the fields of that thing.
func kindShape(s own) []diag.Problem {
	kinds := []string{"run", "launch", "approve", "sleep"}
	var set []string
	fields := s.fieldsSet()
	for _, field := range fields {
		if slices.Contains(kinds, field) {
			set = append(set, field)
		}
	}
	if len(set) != 1 {
		problem := diag.Errorf(s.Pos, "shape", "a step has exactly one of run, launch, approve and sleep; this one has none")
		if len(set) > 1 {
			problem.Message = "a step has exactly one of run, launch, approve and sleep; this one has " + strings.Join(set, " and ")
		}
		return []diag.Problem{problem}
	}
	if set[0] == "run" {
		return nil
	}
	return foreignFields(s, set[0], fields)
}

func foreignFields(s own, kind string, fields []string) []diag.Problem {
	known := []string{kind, "after", "if", "foreach", "parallelism", "on_failure", "links", "notify"}
	if kind == "launch" {
		known = append(known, "timeout", "retry", "once", "queue")
	}
	var out []diag.Problem
	for _, field := range fields {
		if !slices.Contains(known, field) {
			out = append(out, diag.Errorf(s.at(field), "shape", "a step of %s takes no %q: it runs no process", kind, field))
		}
	}
	return out
}

func partsShape(s *Step) []diag.Problem {
	var out []diag.Problem
	for _, secret := range s.Secrets {
		out = append(out, secretShape(secret)...)
	}
	for _, volume := range s.Volumes {
		out = append(out, volumeShape(volume)...)
	}
	if s.Run != nil && isBlank(s.Run.Script) {
		out = append(out, diag.Errorf(s.Run.Pos, "shape", "the script is empty"))
	}
	if isBlank(s.If) {
		out = append(out, diag.Errorf(s.If.Pos, "shape", "the condition is empty"))
	}
	if s.OnFailure != nil && s.OnFailure.Run != nil && s.OnFailure.Launch != nil {
		out = append(out, diag.Errorf(s.OnFailure.Pos, "shape", "on_failure has run or launch, not both"))
	}
	if s.Parallelism != nil && s.Foreach == nil {
		out = append(out, diag.Errorf(s.Parallelism.Pos, "shape", "parallelism of a step limits the items of foreach, and there is no foreach").
			WithHint("the flow's own parallelism limits the pods of a run"))
	}
	if s.Foreach != nil {
		for _, list := range s.Foreach.Product {
			if len(list.V) == 0 {
				out = append(out, diag.Errorf(list.Key.Pos, "shape", "list %q of the product is empty", list.Key.V))
			}
		}
	}
	return out
}

// isBlank says whether a string is there and has nothing in it.
func isBlank(v *diag.Value[string]) bool {
	return v != nil && v.Node != nil && v.Node.Kind == diag.String && strings.TrimSpace(v.Node.Text) == ""
}

func secretShape(s *Secret) []diag.Problem {
	if s == nil || !s.Pos.IsSet() {
		return nil
	}
	switch {
	case (s.Env == nil) == (s.Path == nil):
		return []diag.Problem{diag.Errorf(s.Pos, "shape", "a secret is given as env or as path; exactly one of them").
			WithHint("{env: TOKEN, secret: name, key: key} or {path: /etc/name, secret: name}")}
	case s.Env != nil && s.Key == nil:
		return []diag.Problem{diag.Errorf(s.Pos, "shape", "a secret as env needs the key that it takes").
			WithHint("add key:")}
	}
	return nil
}

func volumeShape(v *Volume) []diag.Problem {
	if v == nil || !v.Pos.IsSet() {
		return nil
	}
	set := 0
	for _, source := range []*diag.Value[string]{v.Claim, v.Size, v.Memory} {
		if source != nil {
			set++
		}
	}
	if set != 1 {
		return []diag.Problem{diag.Errorf(v.Pos, "shape", "a volume has exactly one of claim, size and memory")}
	}
	if v.ReadOnly != nil && v.ReadOnly.V && v.Claim == nil {
		return []diag.Problem{diag.Errorf(v.ReadOnly.Pos, "shape", "an empty volume can't be read-only")}
	}
	return nil
}

// rangesOf is the numbers and times that are too small to mean anything.
func rangesOf(f *Flow) []diag.Problem {
	r := &ranges{}
	r.number("parallelism", f.Parallelism, 1)
	r.time("timeout", f.Timeout)
	if f.Keep != nil {
		r.time("keep.success", f.Keep.Success)
		r.time("keep.failure", f.Keep.Failure)
	}
	for _, s := range f.written() {
		r.number("parallelism", s.Parallelism, 1)
		r.number("nodes", s.Nodes, 1)
		r.time("sleep", s.Sleep)
		r.time("timeout", s.Timeout)
		if s.Resources != nil {
			r.number("gpus", s.Resources.GPUs, 0)
		}
		if s.Retry != nil {
			r.number("retry.limit", s.Retry.Limit, 0)
		}
		if s.Approve != nil {
			r.time("approve.timeout", s.Approve.Timeout)
		}
	}
	return r.problems
}

type ranges struct{ problems []diag.Problem }

func (r *ranges) number(field string, v *diag.Value[int], least int) {
	if v != nil && v.V < least && v.Node != nil && v.Node.Kind == diag.Int {
		r.problems = append(r.problems, diag.Errorf(v.Pos, "range", "%s is %d; it is at least %d", field, v.V, least))
	}
}

func (r *ranges) time(field string, v *diag.Value[diag.Duration]) {
	var again diag.Duration
	if v != nil && v.V.Duration() < time.Second && v.Node != nil && again.ParseText(v.Node.Text) == nil {
		r.problems = append(r.problems, diag.Errorf(v.Pos, "range", "%s is %s; it is at least 1s", field, v.V))
	}
}
