package render_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

// decoded is a flow without the checks that would refuse it before render
// does.
func decoded(t *testing.T, src string) *workflows.Flow {
	t.Helper()
	flow, _ := workflows.Parse("f.yaml", []byte(src))
	if flow == nil {
		t.Fatal("the flow is no YAML")
	}
	return flow
}

func manySteps(n int) string {
	var out strings.Builder
	out.WriteString("steps:\n")
	for i := range n {
		fmt.Fprintf(&out, "  s%d: {run: x}\n", i)
	}
	return out.String()
}

// TestRefused is what a cluster would refuse, strand or misread: each is said
// at its own place, and no objects come.
func TestRefused(t *testing.T) {
	head := func(name string) string { return "apiVersion: gantline.dev/v1\nkind: Flow\nname: " + name + "\n" }
	var params strings.Builder
	for i := range 501 {
		fmt.Fprintf(&params, "  p%d: {default: x}\n", i)
	}
	tests := []struct{ name, src, want string }{
		{"name", head(strings.Repeat("n", 47)) + "steps: {a: {run: x}}",
			`f.yaml:3:7: the objects' name "agent-` + strings.Repeat("n", 47) + `" has 53 characters; at most 52 fit, because Argo adds a time to a scheduled run's [names]`},
		{"step name", head("f") + "steps: {" + strings.Repeat("a", 64) + ": {run: x}}",
			`f.yaml:4:9: the name "` + strings.Repeat("a", 64) + `" has 64 characters; at most 63 fit [names]`},
		{"tasks", head("f") + manySteps(200), "f.yaml:204:3: the DAG Flow has 201 tasks with its verdict; Argo takes 200 at most [limits]"},
		{"params", head("f") + "params:\n" + params.String() + "steps: {a: {run: x}}", "f.yaml:505:3: the flow has 501 parameters; Argo takes 500 at most [limits]"},
		{"script", head("f") + "steps: {a: {run: \"" + strings.Repeat("x", 128<<10) + "\"}}",
			"f.yaml:4:9: the step with its script, arguments and environment takes 131143 bytes; at most 131071 fit [limits]"},
		{"value", head("f") + "params: {p: {default: \"" + strings.Repeat("x", 128<<10) + "\"}}\nsteps: {a: {run: x}}",
			"f.yaml:4:23: the value takes 131074 bytes; at most 130048 fit [limits]"},
		{"verdict", head("f") + "steps: {verdict: {run: x}}", `f.yaml:4:9: no step can be named "verdict": the task that judges a run is [names]`},
		{"two of a name", head("f") + "steps: {a: {run: x}}\non_exit: {a: {run: y}}", `f.yaml:5:11: the name "a" is taken by another step [names]`},
		{"image", head("f") + "steps: {a: {run: x, image: nowhere}}", `f.yaml:4:28: image "nowhere" is not pinned to a digest [image]`},
		{"mount where the image has data", head("f") + "steps: {a: {run: x, image: model, volumes: [{path: /.gantline/volumes/weights/, memory: 1Gi}]}}",
			`f.yaml:4:52: "/.gantline/volumes/weights/" is where the image has its data "weights" [volume]`},
		{"mount above the image's data", head("f") + "steps: {a: {run: x, image: model, secrets: [{path: /.gantline, secret: s}]}}",
			`f.yaml:4:52: "/.gantline" is where the image has its data "tables" [volume]`},
		{"path that Argo would read", head("f") + "steps: {a: {run: x, workdir: \"/{{workflow.name}}\"}}",
			`f.yaml:4:30: "/{{workflow.name}}" may not hold {{: Argo or Kubernetes would interpret it [plain-text]`},
		{"secret that Kubernetes would read", head("f") + `steps: {a: {run: x, secrets: [{env: A, secret: s, key: "$(B)"}]}}`,
			`f.yaml:4:56: "$(B)" may not hold $(: Argo or Kubernetes would interpret it [plain-text]`},
		{"quantity", head("f") + "steps: {a: {run: x, resources: {memory: lots}}}", `f.yaml:4:41: "lots" is not an amount of memory [quantity]`},
		{"label", head("f") + "labels: {team: a b}\nsteps: {a: {run: x}}", `f.yaml:4:16: "a b" is no value of a label`},
		{"our label", head("f") + "labels: {gantline.dev/flow: b}\nsteps: {a: {run: x}}", `f.yaml:4:10: "gantline.dev/flow" is no name of a label or annotation here`},
		{"outputs of a foreach that may have failed", head("f") + `
steps:
  each: {foreach: [1, 2], run: x, outputs: [o]}
  last: {after: {step: each, allow: failed}, run: ["${{ steps.each.outputs.o }}"]}`,
			`f.yaml:7:57: reading the outputs of a foreach that may have failed is recognised, but not rendered yet [not-rendered]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			objects, problems := render.Argo(decoded(t, test.src), pins(), options())
			if objects != nil {
				t.Error("objects come with the problem")
			}
			found := false
			var all []string
			for _, problem := range problems {
				all = append(all, problem.String())
				found = found || strings.HasPrefix(problem.String(), test.want)
			}
			if !found {
				t.Errorf("no problem %q among\n%s", test.want, strings.Join(all, "\n"))
			}
		})
	}
}

// TestOlderArgo leaves out what Argo 3.6 has not, and says so where it
// matters.
func TestOlderArgo(t *testing.T) {
	src := header + "steps: {one: {run: x, retry: {limit: %d, backoff: 1m..3m}}}"
	opts := options()
	opts.ArgoVersion = "3.6"
	for limit, warned := range map[int]bool{1: false, 2: false, 3: true} {
		objects, problems := render.Argo(parse(t, "f.yaml", fmt.Sprintf(src, limit)), pins(), opts)
		if len(objects) == 0 || strings.Contains(string(objects[0].JSON()), `"cap"`) {
			t.Errorf("limit %d: no object, or one with a cap", limit)
		}
		if got := len(problems) == 1 && problems[0].Severity == diag.Warning; got != warned {
			t.Errorf("limit %d: problems are %v", limit, problems)
		}
	}
	opts.ArgoVersion = "v3.5.11"
	if _, problems := render.Argo(parse(t, "f.yaml", fmt.Sprintf(src, 1)), pins(), opts); !diag.HasErrors(problems) {
		t.Error("3.5 is taken for new enough")
	}
	opts.ArgoVersion = "new"
	if _, problems := render.Argo(parse(t, "f.yaml", fmt.Sprintf(src, 1)), pins(), opts); !diag.HasErrors(problems) {
		t.Error(`"new" is taken for a version`)
	}
}

// TestCommitStaysOut: flows of equal content and images give equal objects,
// whatever lies around the flow in the repository.
func TestCommitStaysOut(t *testing.T) {
	src := header + "steps: {one: {run: echo hello}}"
	moved := "# A comment.\n\n" + src
	a, _ := render.Argo(parse(t, "workflows/f.yaml", src), pins(), options())
	other := pins()
	image := other["train"]
	image.Commit = "another"
	other["train"] = image
	b, _ := render.Argo(parse(t, "workflows/f.yaml", moved), other, options())
	if diff := cmp.Diff(string(a[0].JSON()), string(b[0].JSON())); diff != "" {
		t.Errorf("objects differ (-want +got):\n%s", diff)
	}
	if a[0].Hash() != b[0].Hash() || a[0].Source != b[0].Source || a[0].Flow != "f" {
		t.Error("hash, source or flow differ")
	}
}

// TestPreview: an image that is not built is taken in a preview alone.
func TestPreview(t *testing.T) {
	flow := parse(t, "f.yaml", header+"steps: {one: {run: x}}")
	unbuilt := render.Pins{"train": {Ref: render.Unbuilt + "1234"}}
	opts := options()
	if objects, problems := render.Argo(flow, unbuilt, opts); objects != nil || !diag.HasErrors(problems) {
		t.Errorf("an image that is not built is rendered outside of a preview: %v", problems)
	}
	opts.Preview = true
	objects, problems := render.Argo(flow, unbuilt, opts)
	if len(problems) > 0 || !strings.Contains(string(objects[0].JSON()), `"image":"unbuilt:1234"`) {
		t.Errorf("a preview has problems %v", problems)
	}
	if _, problems := render.Argo(flow, render.Pins{"train": {Ref: "agent:latest"}}, opts); !diag.HasErrors(problems) {
		t.Error("a preview takes a tag for a digest")
	}
}

// TestGraph is what a drawing is made from.
func TestGraph(t *testing.T) {
	flow := decoded(t, header+`
defaults: {resources: {gpus: 1}}
steps:
  train: {run: x, nodes: 32, runs_on: slurm, resources: {gpus: 8}}
  eval: {run: x, after: train, foreach: {a: [1, 2], b: [1, 2, 3]}, if: params.x}
  wait: {sleep: 90s, after: [{step: train, allow: [failed, skipped]}, {step: eval, allow: skipped}]}
on_exit:
  tell: {run: x}
`)
	want := render.Graph{
		Nodes: []render.Node{
			{ID: "train", Label: "train", Details: []string{"32 nodes x 8 GPUs", "Slurm"}},
			{ID: "eval", Label: "eval", Details: []string{"6 items", "1 GPU", "if params.x"}},
			{ID: "wait", Label: "wait", Details: []string{"sleeps 1m30s"}},
			{ID: "tell", Label: "tell", Details: []string{"1 GPU"}, Exit: true},
		},
		Edges: []render.Edge{
			{From: "train", To: "eval"}, {From: "train", To: "wait", Label: "skipped, failed"}, {From: "eval", To: "wait", Label: "skipped"},
		},
	}
	if diff := cmp.Diff(want, render.GraphOf(flow)); diff != "" {
		t.Errorf("other graph (-want +got):\n%s", diff)
	}
}
