package render_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/expr/argoexpr"
	"github.com/argoproj/argo-workflows/v3/util/expr/env"
	"github.com/argoproj/argo-workflows/v3/util/template"
	"github.com/expr-lang/expr"

	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/wire"
)

// argo is a small Argo: it takes a rendered WorkflowTemplate through the passes
// that the controller makes, with the controller's own template and expression
// packages, and says what each container is given.
type argo struct {
	t      testing.TB
	spec   wfv1.WorkflowSpec
	global map[string]string
	// outputs is what each pod of a step writes, by the step and, in a foreach,
	// the index: nil for a pod that failed.
	outputs func(step string, index int) map[string]string
	pods    []pod
	// phases is how each task of the two outer DAGs ended.
	phases map[string]string
}

// pod is one container that was started, with all replaced.
type pod struct {
	step      string
	index     int // -1 outside of a foreach
	container wfv1.Template
}

// node is how a task ended.
type node struct {
	phase   string
	outputs map[string]string
}

func newArgo(t testing.TB, objects []kube.Object, params map[string]string) *argo {
	t.Helper()
	a := &argo{t: t, outputs: func(string, int) map[string]string { return nil }, phases: map[string]string{}}
	for _, object := range objects {
		if object.Kind == "WorkflowTemplate" {
			var tmpl wfv1.WorkflowTemplate
			if err := object.Decode(&tmpl); err != nil {
				t.Fatal(err)
			}
			a.spec = tmpl.Spec
		}
	}
	a.global = map[string]string{
		"workflow.name": "run-x7k2p", "workflow.uid": "0a1b", "workflow.namespace": "ml",
		"workflow.creationTimestamp":         "2026-03-04T05:06:07Z",
		"workflow.creationTimestamp.RFC3339": "2026-03-04T05:06:07Z",
		"workflow.creationTimestamp.Y":       "2026",
	}
	var list []wfv1.Parameter
	for _, param := range a.spec.Arguments.Parameters {
		if value, ok := params[param.Name]; ok {
			param.Value = wfv1.AnyStringPtr(value)
		}
		if param.Value == nil {
			t.Fatalf("parameter %q has no value", param.Name)
		}
		a.global["workflow.parameters."+param.Name] = param.Value.String()
		list = append(list, param)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	a.global["workflow.parameters"], a.global["workflow.parameters.json"] = string(text), string(text)
	a.spec = replace(t, a.spec, a.global) // the pass over the whole spec, when a run begins
	return a
}

// replace is the controller's pass over a value, in which what can't be
// resolved yet stays.
func replace[T any](t testing.TB, value T, scope map[string]string) T {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	text, err := template.Replace(string(raw), scope, true)
	if err != nil {
		t.Fatalf("replacing: %v", err)
	}
	var out T
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (a *argo) template(name string) wfv1.Template {
	for _, tmpl := range a.spec.Templates {
		if tmpl.Name == name {
			return tmpl
		}
	}
	a.t.Fatalf("no template %q", name)
	return wfv1.Template{}
}

// run is the entry point's end.
func (a *argo) run() node { return a.execute(a.spec.Entrypoint, wfv1.Arguments{}, "", -1) }

// exit is the end of the exit handler after a run that ended so.
func (a *argo) exit(status string) node {
	a.global["workflow.status"] = status
	return a.execute(a.spec.OnExit, wfv1.Arguments{}, "", -1)
}

func (a *argo) execute(name string, args wfv1.Arguments, step string, index int) node {
	a.t.Helper()
	tmpl := a.template(name)
	scope := maps.Clone(a.global)
	for i, in := range tmpl.Inputs.Parameters {
		at := slices.IndexFunc(args.Parameters, func(p wfv1.Parameter) bool { return p.Name == in.Name })
		if at < 0 {
			a.t.Fatalf("template %q: no argument %q", name, in.Name)
		}
		scope["inputs.parameters."+in.Name] = args.Parameters[at].Value.String()
		tmpl.Inputs.Parameters[i].Value = args.Parameters[at].Value
	}
	tmpl = replace(a.t, tmpl, scope)
	switch {
	case tmpl.Suspend != nil:
		return node{phase: "Succeeded"}
	case tmpl.DAG != nil:
		return a.dag(tmpl, index)
	}
	a.pods = append(a.pods, pod{step: name, index: index, container: tmpl})
	outputs := a.outputs(name, index)
	if outputs == nil {
		return node{phase: "Failed"}
	}
	for _, declared := range tmpl.Outputs.Parameters {
		if _, ok := outputs[declared.Name]; !ok {
			a.t.Fatalf("the test gives step %q no output %q", name, declared.Name)
		}
	}
	return node{phase: "Succeeded", outputs: outputs}
}

// dag runs the tasks in the order of the file, which every test keeps to the
// order of the dependencies, and takes the phase from the last one.
func (a *argo) dag(tmpl wfv1.Template, index int) node {
	a.t.Helper()
	nodes := map[string]node{}
	last := node{}
	for _, task := range tmpl.DAG.Tasks {
		last = a.task(task, nodes, index)
		nodes[task.Name] = last
		if tmpl.Name == a.spec.Entrypoint || tmpl.Name == a.spec.OnExit {
			a.phases[task.Name] = last.phase
		}
	}
	if last.phase == "Omitted" || last.phase == "Failed" {
		return node{phase: "Failed"}
	}
	scope := map[string]any{}
	for key, value := range scopeOf(nodes) {
		scope[key] = value
	}
	outputs := map[string]string{}
	for _, param := range tmpl.Outputs.Parameters {
		outputs[param.Name] = a.outputOf(param, scope)
	}
	return node{phase: "Succeeded", outputs: outputs}
}

func (a *argo) outputOf(param wfv1.Parameter, scope map[string]any) string {
	from := param.ValueFrom
	if from.Expression != "" {
		vars := env.GetFuncMap(scope)
		program, err := expr.Compile(from.Expression, expr.Env(vars))
		if err == nil {
			var value any
			if value, err = expr.Run(program, vars); err == nil {
				return fmt.Sprint(value)
			}
		}
		a.t.Logf("output %s: %v", param.Name, err)
		return from.Default.String()
	}
	value, err := template.ResolveVar(from.Parameter, scope)
	if err != nil {
		return from.Default.String()
	}
	return fmt.Sprint(value)
}

// scopeOf is the variables that tasks put into the scope of later ones.
func scopeOf(nodes map[string]node) map[string]string {
	scope := map[string]string{}
	for name, n := range nodes {
		scope["tasks."+name+".status"] = n.phase
		for output, value := range n.outputs {
			scope["tasks."+name+".outputs.parameters."+output] = value
		}
	}
	return scope
}

func (a *argo) task(task wfv1.DAGTask, nodes map[string]node, index int) node {
	a.t.Helper()
	if !depends(a.t, task.Depends, nodes) {
		return node{phase: "Omitted"}
	}
	scope := scopeOf(nodes)
	maps.Copy(scope, a.global)
	task = replace(a.t, task, scope)
	switch task.When {
	case "", "true":
	case "false":
		return node{phase: "Skipped"}
	default:
		a.t.Fatalf("task %q: when is %q", task.Name, task.When)
	}
	if !task.ShouldExpand() {
		return a.execute(task.Template, task.Arguments, task.Name, index)
	}
	return a.expand(task)
}

// expand runs a task for each item and joins the outputs as the controller
// does: those of items that succeeded, decoded where all are lists or maps.
func (a *argo) expand(task wfv1.DAGTask) node {
	a.t.Helper()
	items := task.WithItems
	if task.WithParam != "" {
		if err := json.Unmarshal([]byte(task.WithParam), &items); err != nil {
			a.t.Fatalf("task %q: withParam is %q: %v", task.Name, task.WithParam, err)
		}
	}
	if len(items) == 0 {
		return node{phase: "Skipped"}
	}
	out := node{phase: "Succeeded", outputs: map[string]string{}}
	lists := map[string][]string{}
	for i, item := range items {
		one := replace(a.t, task, map[string]string{"item": item.String()})
		ended := a.execute(one.Template, one.Arguments, task.Name, i)
		if ended.phase != "Succeeded" {
			out.phase = ended.phase
			continue
		}
		for name, value := range ended.outputs {
			lists[name] = append(lists[name], value)
		}
	}
	for name, list := range lists {
		out.outputs[name] = joined(a.t, list)
	}
	return out
}

func joined(t testing.TB, list []string) string {
	t.Helper()
	decoded := make([]any, len(list))
	composite := true
	for i, text := range list {
		if json.Unmarshal([]byte(text), &decoded[i]) != nil {
			composite = false
			break
		}
		switch decoded[i].(type) {
		case []any, map[string]any:
		default:
			composite = false
		}
	}
	var value any = list
	if composite {
		value = decoded
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ended is the variables of one task in a depends expression.
type ended struct{ Succeeded, Failed, Errored, Skipped, Omitted bool }

func depends(t testing.TB, expression string, nodes map[string]node) bool {
	t.Helper()
	if expression == "" {
		return true
	}
	scope := map[string]ended{}
	for name, n := range nodes {
		scope[strings.ReplaceAll(name, "-", "_")] = ended{
			Succeeded: n.phase == "Succeeded", Failed: n.phase == "Failed", Errored: n.phase == "Error",
			Skipped: n.phase == "Skipped", Omitted: n.phase == "Omitted",
		}
	}
	ok, err := argoexpr.EvalBool(strings.ReplaceAll(expression, "-", "_"), scope)
	if err != nil {
		t.Fatalf("depends %q: %v", expression, err)
	}
	return ok
}

// process is what the shim makes of a pod: its arguments and environment.
func (p pod) process(t testing.TB) (args, env []string) {
	t.Helper()
	container := p.container.Container
	spec, err := wire.DecodeSpec(container.Args[1])
	if err != nil {
		t.Fatalf("step %q: %v", p.step, err)
	}
	lookup := func(key string) (string, bool) {
		for _, variable := range container.Env {
			if variable.Name == wire.InputPrefix+key {
				return variable.Value, true
			}
		}
		return "", false
	}
	resolve := func(text wire.Text) string {
		value, err := text.Resolve(lookup)
		if err != nil {
			t.Fatalf("step %q: %v", p.step, err)
		}
		return value
	}
	if len(spec.Shell) > 0 {
		args = append(slices.Clone(spec.Shell), "-c", strings.Join(spec.Script, "\n"))
	}
	for _, arg := range spec.Args {
		args = append(args, resolve(arg))
	}
	for _, variable := range spec.Env {
		env = append(env, variable.Name+"="+resolve(variable.Value))
	}
	return args, env
}
