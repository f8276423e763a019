package render_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/render"
)

// tuned has a parameter of each type.
const tuned = `apiVersion: gantline.dev/v1
kind: Flow
name: tune
keep: {pods: failed}
params:
  model: {default: base-7b}
  epochs: {type: int, default: 3}
  lr: {type: float, default: 0.1}
  dry: {type: bool, default: false}
  grid: {type: json, default: [1, 2]}
  suite: {enum: [smoke, full], default: smoke}
  size: {type: int, enum: [1, 16], default: 1}
  seed: {type: int, required: true, help: Where to begin}
steps:
  fit:
    run: [fit, "${{ params.model }}", "${{ params.epochs }}", "${{ params.lr }}", "${{ params.dry }}", "${{ params.grid }}", "${{ params.suite }}", "${{ params.size }}", "${{ params.seed }}"]
`

func TestRunParams(t *testing.T) {
	flow := parse(t, "tune.yaml", tuned)
	for _, test := range []struct {
		given []string
		want  map[string]string
		err   string
	}{
		{given: []string{"seed=7"}, want: map[string]string{"seed": "7"}},
		{given: []string{"seed=-7", "model=", "lr=1e-5", "dry=true", `grid=[ {"a": null} ]`, "suite=full", "size=16"}, want: map[string]string{
			"seed": "-7", "model": `""`, "lr": "1e-5", "dry": "true", "grid": `[{"a":null}]`, "suite": `"full"`, "size": "16",
		}},
		{given: []string{"seed=1", "model=a=b {{workflow.name}} $(X)"}, want: map[string]string{"seed": "1", "model": `"a=b {\u007bworkflow.name}\u007d \u0024(X)"`}},
		{given: []string{"seed=1", "lr=.5"}, want: map[string]string{"seed": "1", "lr": "0.5"}},
		{err: `"seed" has no default: give it with -p seed=… (Where to begin)`},
		{given: []string{"seed"}, err: `"seed": write name=value`},
		{given: []string{"=x"}, err: `"=x": write name=value`},
		{given: []string{"sed=1"}, err: `there is no parameter "sed"; did you mean "seed"?`},
		{given: []string{"zzzzzz=1"}, err: `there is no parameter "zzzzzz"; the flow has model, epochs, lr, dry, grid, suite, size, seed`},
		{given: []string{"seed=1", "seed=2"}, err: `"seed" is given twice`},
		{given: []string{"seed=1.5"}, err: `"seed": "1.5" is no int`},
		{given: []string{"seed=99999999999999999999"}, err: "is no int"},
		{given: []string{"lr=NaN"}, err: `"lr": "NaN" is no float`},
		{given: []string{"lr=1e999"}, err: "is no float"},
		{given: []string{"dry=yes"}, err: `"dry": "yes" is no bool: write true or false`},
		{given: []string{"grid=text"}, err: `"grid": the value is no JSON`},
		{given: []string{"suite=smok"}, err: `"suite": "smok" is none of smoke, full; did you mean "smoke"?`},
		{given: []string{"size=2"}, err: `"size": "2" is none of 1, 16`},
		{given: []string{"model=\xff"}, err: "the value is no UTF-8 text"},
		{given: []string{"model=" + strings.Repeat("x", wire.MaxValueBytes)}, err: "reach a step"},
	} {
		got, err := render.RunParams(flow, test.given)
		var wrong *render.ParamsError
		if test.err != "" && (!errors.As(err, &wrong) || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%.60q: the error is %v, want %s", test.given, err, test.err)
		}
		if diff := cmp.Diff(test.want, got); test.err == "" && (err != nil || diff != "") {
			t.Errorf("%.60q: %v\n%s", test.given, err, diff)
		}
	}
	if _, err := render.RunParams(flow, []string{"lr=a", "suite=b"}); strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not every problem has a line: %v", err)
	}
}

// TestRunParamsArriveExactly holds text with whatever Argo would interpret to
// arriving as it was given.
func TestRunParamsArriveExactly(t *testing.T) {
	flow := parse(t, "tune.yaml", tuned)
	for _, text := range nasty() {
		values, err := render.RunParams(flow, []string{"seed=1", "model=" + text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got string
		if err := json.Unmarshal([]byte(values["model"]), &got); err != nil || got != text {
			t.Errorf("%q arrives as %q (%v)", text, got, err)
		}
		if again, err := wire.Encode(text); err != nil || again != values["model"] {
			t.Errorf("%q is encoded as %s, by render as %s", text, values["model"], again)
		}
	}
}

// TestWorkflow makes a run of each flow's template: full definitions take it,
// and its spec is the template's but for what a run has of its own.
func TestWorkflow(t *testing.T) {
	schema := crd(t, "argoproj.io_workflows.yaml")
	checked := 0
	for _, file := range flows(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects, _ := render.Argo(parse(t, file, string(src)), pins(), options())
		for _, template := range objects {
			if template.Kind != "WorkflowTemplate" {
				continue
			}
			checked++
			run := workflowOf(t, template, nil)
			checkSchema(t, file, schema, run)
			want, got := specOf(t, template), specOf(t, run)
			delete(want, "workflowMetadata")
			for _, spec := range []map[string]any{want, got} {
				if gc, ok := spec["podGC"].(map[string]any); ok {
					delete(gc, "deleteDelayDuration")
				}
			}
			if args, ok := want["arguments"].(map[string]any); ok && len(args) == 0 {
				delete(want, "arguments")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: the spec differs (-template +run):\n%s", file, diff)
			}
		}
	}
	if checked == 0 {
		t.Error("no run was checked")
	}
}

func TestWorkflowGolden(t *testing.T) {
	flow := parse(t, "workflows/tune.yaml", tuned)
	objects, problems := render.Argo(flow, pins(), options())
	if len(objects) != 1 {
		t.Fatalf("%d objects: %v", len(objects), problems)
	}
	params, err := render.RunParams(flow, []string{"seed=7", "suite=full"})
	if err != nil {
		t.Fatal(err)
	}
	run := workflowOf(t, objects[0], params)
	text, err := run.YAML()
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "testdata/run.golden.yaml", text)
	if _, err := render.Workflow(objects[0], render.Run{Name: "x", Params: map[string]string{"nope": "1"}}); err == nil {
		t.Error("a parameter that the template has not is taken")
	}
}

func workflowOf(t *testing.T, template kube.Object, params map[string]string) kube.Object {
	t.Helper()
	run, err := render.Workflow(template, render.Run{
		Name: template.Name + "-bcdfg", Params: params,
		Labels: map[string]string{"gantline.dev/run": "true"}, Annotations: map[string]string{"gantline.dev/commit": "0123"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func specOf(t *testing.T, object kube.Object) map[string]any {
	t.Helper()
	tree, err := object.Tree()
	if err != nil {
		t.Fatal(err)
	}
	return tree["spec"].(map[string]any)
}
