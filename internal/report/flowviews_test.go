package report

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

const flowBefore = `apiVersion: gantline.dev/v1
kind: Flow
name: nightly
schedule: {cron: 0 2 * * *, timezone: UTC}
params: {actions: {type: json, default: [click, type]}}
steps:
  setup: {run: python -m agent.setup}
  train:
    after: setup
    run: |
      python -m agent.train
      python -m agent.save
    resources: {gpus: 1, cpus: "4", memory: 16Gi}
  eval: {after: train, foreach: "${{ params.actions }}", run: "python -m agent.eval --action ${{ item }}"}
  export: {after: train, run: python -m agent.export}
on_exit:
  tell: {run: python -m agent.tell}
`

func flowAfter() string {
	text := strings.NewReplacer(
		"0 2 * * *", "30 3 * * *", "python -m agent.save", "python -m agent.save --shards 4", "gpus: 1", "gpus: 8",
	).Replace(flowBefore)
	return strings.Replace(text, "  export: {after: train, run: python -m agent.export}\n",
		"  report: {after: eval, run: python -m agent.report}\n", 1)
}

func rendered(t *testing.T, src, digest string) (*workflows.Flow, []kube.Object) {
	t.Helper()
	flow, problems := workflows.Parse("workflows/nightly.yaml", []byte(src))
	if diag.HasErrors(problems) {
		t.Fatal(problems)
	}
	ref := "registry.example.com/agent/train@sha256:" + strings.Repeat(digest, 32)
	objects, problems := render.Argo(flow, render.Pins{"train": {Ref: ref}}, render.Options{Project: "agent", DefaultImage: "train"})
	if diag.HasErrors(problems) {
		t.Fatal(problems)
	}
	return flow, objects
}

// TestRenderedFlows goes the whole way: two versions of a flow, rendered,
// compared and shown.
func TestRenderedFlows(t *testing.T) {
	before, baseObjects := rendered(t, flowBefore, "a1")
	after, headObjects := rendered(t, flowAfter(), "b2")
	changes := objdiff.Compare(baseObjects, headObjects)
	views := FlowViews([]*workflows.Flow{before}, []*workflows.Flow{after}, changes)
	if len(views) != 1 || views[0].Mark != MarkChanged || views[0].File != "workflows/nightly.yaml" {
		t.Fatalf("views are %+v", views)
	}
	marks := map[string]Mark{}
	for _, node := range views[0].Graph.Nodes {
		marks[node.Label] = node.Mark
	}
	want := map[string]Mark{
		"setup": Unmarked, "train": MarkChanged, "eval": Unmarked, "export": MarkRemoved, "report": MarkAdded, "tell": Unmarked,
	}
	if diff := cmp.Diff(want, marks); diff != "" {
		t.Error(diff)
	}
	d := Diff{
		Project: "agent", Tool: "0.1.0", Base: Ref{Name: "main"}, Head: Ref{Name: "faster", Subject: "Train on eight GPUs"},
		Flows: views, Changes: changes,
	}
	goldenPage(t, "flow.html", page(t, d))
}

func page(t *testing.T, d Diff) []byte {
	return written(t, func(w io.Writer) error { return DiffHTML(w, d) })
}

func TestFlowThatCameOrWent(t *testing.T) {
	flow, objects := rendered(t, flowBefore, "a1")
	came := FlowViews(nil, []*workflows.Flow{flow}, objdiff.Compare(nil, objects))
	went := FlowViews([]*workflows.Flow{flow}, nil, objdiff.Compare(objects, nil))
	same := FlowViews([]*workflows.Flow{flow}, []*workflows.Flow{flow}, objdiff.Compare(objects, objects))
	for i, views := range [][]FlowView{came, went, same} {
		want := []Mark{MarkAdded, MarkRemoved, Unmarked}[i]
		if len(views) != 1 || views[0].Mark != want {
			t.Fatalf("views are %+v, want one that is %q", views, want)
		}
		for _, node := range views[0].Graph.Nodes {
			if node.Mark != want {
				t.Errorf("step %s is %q, want %q", node.Label, node.Mark, want)
			}
		}
	}
}
