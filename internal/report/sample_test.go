package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/repoclean"
)

var (
	update = flag.Bool("update", false, "rewrite the goldens in testdata")
	outDir = flag.String("out", "", "folder to write sample pages to, for looking at them")
)

// hostile is text that a repository could hold to break each of the writers.
const hostile = "</title><script>alert(1)</script> `x` ``` | @team ![](https://x.invalid) \x1b[31m\u202e\n## boo"

// golden compares with testdata/name, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (-update writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update accepts):\n%s", name, diff)
	}
}

var styleOfPage = regexp.MustCompile(`(?s)<style>.*</style>|sha256-[A-Za-z0-9+/&#;]+=?`)

// goldenPage is golden for a page, without its style sheet.
func goldenPage(t *testing.T, name string, page []byte) {
	t.Helper()
	golden(t, name, styleOfPage.ReplaceAll(page, []byte("…")))
	show(t, name, page)
}

// show writes a page where -out says.
func show(t *testing.T, name string, page []byte) {
	t.Helper()
	if *outDir != "" {
		if err := os.WriteFile(filepath.Join(*outDir, name), page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func sampleObjects(t testing.TB, part string) []kube.Object {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/objects.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var out []kube.Object
	for _, file := range archive.Files {
		if file.Name != part {
			continue
		}
		for doc := range bytes.SplitSeq(file.Data, []byte("---\n")) {
			object, err := kube.Parse(doc, diag.Position{File: part})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, object)
		}
	}
	return out
}

func sampleGraph() Graph {
	return Graph{
		Nodes: []Node{
			{ID: "setup", Label: "setup", Detail: "train · 1 cpu"},
			{ID: "tokenize", Label: "tokenize-corpus", Detail: "train · 8 cpu · 32Gi\nif params.refresh"},
			{ID: "train", Label: "train", Detail: "train · 2 × H100 · 16Gi\nretry 3 · timeout 6h", Mark: MarkChanged},
			{ID: "eval", Label: "eval", Detail: "foreach params.actions · 12 at a time", Mark: MarkChanged},
			{ID: "bench", Label: "latency-benchmark", Detail: "train · 1 × L4"},
			{ID: "old", Label: "export-onnx", Detail: "train · 4 cpu", Mark: MarkRemoved},
			{ID: "report", Label: "report", Detail: "train · 1 cpu", Mark: MarkAdded},
		},
		Edges: []Edge{
			{From: "setup", To: "tokenize"}, {From: "setup", To: "train"}, {From: "tokenize", To: "train"},
			{From: "train", To: "eval", Mark: MarkChanged}, {From: "train", To: "bench"}, {From: "train", To: "old", Mark: MarkRemoved},
			{From: "eval", To: "report", Mark: MarkAdded}, {From: "bench", To: "report", Mark: MarkAdded}, {From: "setup", To: "report"},
		},
	}
}

func sampleFlows() []FlowView {
	chain := Graph{}
	for i, name := range []string{"fetch", "clean", "dedupe", "split", "tokenize", "pack", "upload", "announce"} {
		chain.Nodes = append(chain.Nodes, Node{ID: name, Label: name, Detail: "train · 2 cpu"})
		if i > 0 {
			chain.Edges = append(chain.Edges, Edge{From: chain.Nodes[i-1].ID, To: name})
		}
	}
	return []FlowView{
		{Name: "nightly", File: "workflows/nightly.yaml", Schedule: "0 3 * * * (Europe/Berlin)", Mark: MarkChanged, Graph: sampleGraph()},
		{Name: "data-refresh", File: "workflows/data-refresh.yaml", Graph: chain},
	}
}

func sampleDiff(t testing.TB) Diff {
	t.Helper()
	return Diff{
		Project: "agent", Tool: "0.1.0",
		Base:    Ref{Name: "main", Commit: "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678"},
		Head:    Ref{Name: "faster-eval", Commit: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", Subject: "Evaluate in parallel and report the scores"},
		Flows:   sampleFlows(),
		Changes: objdiff.Compare(sampleObjects(t, "base.yaml"), sampleObjects(t, "head.yaml")),
	}
}

func sampleContext() repoclean.Context {
	c := repoclean.Context{APIVersion: "gantline.dev/v1", Kind: "Context", Reasons: map[repoclean.Reason]repoclean.Totals{}}
	add := func(path string, size int64, reason repoclean.Reason, rule string, lfs int64) {
		included := reason == repoclean.Included
		c.Files = append(c.Files, repoclean.Verdict{Path: path, Size: size, Reason: reason, Rule: rule, Included: included, LFSSize: lfs})
		c.Total.Files, c.Total.Bytes = c.Total.Files+1, c.Total.Bytes+size
		if included {
			c.Included.Files, c.Included.Bytes = c.Included.Files+1, c.Included.Bytes+size
		}
	}
	for _, name := range []string{"__init__", "actions", "env", "eval", "freeze", "policy", "report", "setup", "train"} {
		add("agent/"+name+".py", int64(900+len(name)*731), repoclean.Included, "", 0)
	}
	add("requirements.lock", 41_200, repoclean.Included, "", 0)
	add("assets/tokenizer.model", 131, repoclean.LFSPointer, "", 4_200_000)
	add("checkpoints/step-20000.safetensors", 134, repoclean.LFSPointer, "", 15_400_000_000)
	add("notebooks/exploration.ipynb", 3_800_000, repoclean.ExcludedByPattern, "notebooks/", 0)
	add("notebooks/plots.ipynb", 1_210_000, repoclean.ExcludedByPattern, "notebooks/", 0)
	add("docs/architecture.png", 640_000, repoclean.ExcludedByPattern, "docs/", 0)
	add("docs/"+hostile+".md", 2_100, repoclean.ExcludedByPattern, "docs/", 0)
	add("data/sample.parquet", 14_000_000, repoclean.TooLarge, "10MB", 0)
	c.Refusals = []repoclean.Refusal{{
		Path: "data/sample.parquet", Reason: repoclean.TooLarge, Message: "14.0 MB, larger than context.max_file (10 MB)",
		Hint: "exclude it in context.exclude, or name it under an image's data",
	}}
	return c
}

func sampleImage() ImageView {
	gz := "application/vnd.oci.image.layer.v1.tar+gzip"
	image := ImageView{
		Name: "train", Platform: "linux/amd64", Repository: "registry.example.com/ml/agent/train",
		Tag: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", Digest: "sha256:b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
		Origin: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", How: "built", Sent: 61_400, Received: 9_800,
	}
	for i, layer := range []LayerView{
		{Kind: "base", Size: 2_180_000_000}, {Kind: "base", Size: 940_000_000}, {Kind: "base", Size: 310_000_000}, {Kind: "base", Size: 1_200},
		{Kind: "system", Size: 84_000_000}, {Kind: "python", Size: 412_000_000}, {Kind: "setup", Size: 3_100},
		{Kind: "step", Size: 3_900_000}, {Kind: "home", Size: 420}, {Kind: "code", Size: 48_200},
	} {
		layer.MediaType, layer.Reused = gz, layer.Kind != "code"
		layer.Digest = "sha256:" + string(rune('a'+i)) + "7c1d09e5f3b2a4d6e8f0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3e4f5"
		image.Layers = append(image.Layers, layer)
	}
	return image
}

func sampleRun(t testing.TB) RunView {
	t.Helper()
	d := sampleDiff(t)
	files, audit := sampleContext(), sampleAudit()
	ms := time.Millisecond
	return RunView{
		Project: "agent", Commit: d.Head.Commit, Subject: d.Head.Subject, Author: "Mira Okafor", Branch: "faster-eval",
		Base: d.Base.Commit, Tool: "0.1.0", Started: time.Date(2026, 11, 24, 21, 3, 0, 0, time.UTC), Took: 9140 * ms,
		Verdict: pipeline.Passed, Outcome: "Built one image by one new layer, and deployed 3 changed objects to rendered.",
		Stages: []StageView{
			{Name: "check", Verdict: pipeline.Passed, Took: 42 * ms, Summary: "gantline.yaml and 2 flows are well"},
			{Name: "audit", Verdict: pipeline.Passed, Start: 42 * ms, Took: 310 * ms, Summary: "history grows by 48.2 kB; the largest file is 14.0 MB"},
			{Name: "files", Verdict: pipeline.Passed, Start: 352 * ms, Took: 88 * ms, Summary: "10 of 17 files, 94.1 kB of 19.8 MB"},
			{Name: "build", Verdict: pipeline.Passed, Start: 440 * ms, Took: 6900 * ms, Bytes: 71_200, Summary: "train: code layer of 48.2 kB on env-3f9a; the base was not pulled"},
			{Name: "render", Verdict: pipeline.Passed, Start: 7340 * ms, Took: 61 * ms, Summary: "3 objects from 2 flows"},
			{Name: "diff", Verdict: pipeline.Passed, Start: 7401 * ms, Took: 130 * ms, Summary: "2 changed, 1 added, 1 removed"},
			{Name: "deploy", Verdict: pipeline.Passed, Start: 7531 * ms, Took: 1609 * ms, Bytes: 18_400, Summary: "rendered: pushed to origin"},
		},
		Problems: []diag.Problem{diag.Warnf(diag.Position{File: "workflows/nightly.yaml", Line: 31, Column: 7}, "no-timeout",
			"step %q has no timeout", "eval").WithHint("add timeout: 2h, or set one under defaults")},
		Audit: &audit, Context: &files, Images: []ImageView{sampleImage()}, Flows: d.Flows, Diff: &d,
		Deploys: []DeployView{{
			Target: "rendered", Where: "gantline-rendered", Commit: "77aa88bb99cc00dd11ee22ff3344556677889900", Pushed: true,
			Summary: "1 created, 2 changed, 1 removed",
			Steps: []DeployStep{
				{"changed", "CronWorkflow", "agent-nightly", "agent/cronworkflow-agent-nightly.yaml", nil},
				{"changed", "WorkflowTemplate", "agent-nightly", "agent/workflowtemplate-agent-nightly.yaml", nil},
				{"created", "WorkflowTemplate", "agent-report", "agent/workflowtemplate-agent-report.yaml", nil},
				{"removed", "WorkflowTemplate", "agent-old", "agent/workflowtemplate-agent-old.yaml", nil},
				{"unchanged", "WorkflowTemplate", "agent-data-refresh", "agent/workflowtemplate-agent-data-refresh.yaml", nil},
			},
		}, {
			Target: "prod", Where: "namespace ml of prod", Cluster: true, Summary: "1 changed, 1 removed",
			Steps: []DeployStep{
				{"changed", "CronWorkflow", "agent-nightly", "", []string{"schedule: 0 2 * * * → 30 2 * * *", "step eval: image moves"}},
				{"removed", "CronWorkflow", "agent-old", "", nil},
			},
			Remarks: []string{"kept suspended: CronWorkflow/agent-nightly, set by kubectl-patch", "goes on: run agent-old-1764032400 of CronWorkflow/agent-old"},
		}},
		Reproduce: []CommandView{
			{"The same image, rendering and deploy again; nothing is built twice", "gantline pipeline 9f8e7d6c5b4a --deploy rendered"},
			{"What the rendered objects were before", "gantline deploy history --target rendered"},
			{"Back to the deploy before", "gantline deploy rollback 1 --target rendered"},
		},
	}
}

// failedRun is a run that stopped early, of a repository that means harm.
func failedRun() RunView {
	return RunView{
		Project: "agent", Commit: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", Subject: hostile, Author: hostile, Branch: hostile,
		Tool: "0.1.0", Started: time.Date(2026, 11, 24, 21, 3, 0, 0, time.UTC), Took: 420 * time.Millisecond,
		Verdict: pipeline.Failed, Outcome: hostile,
		Stages: []StageView{
			{Name: "check", Verdict: pipeline.Failed, Took: 400 * time.Millisecond, Error: "2 problems found; nothing was done\n" + hostile},
			{Name: "audit", Verdict: pipeline.Skipped}, {Name: "files", Verdict: pipeline.Skipped}, {Name: "build", Verdict: pipeline.Skipped},
		},
		Problems: sampleProblems(),
	}
}
