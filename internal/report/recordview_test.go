package report

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/workflows"
)

// sampleOutcome is a run that went through all stages.
func sampleOutcome(t *testing.T) (*pipeline.Outcome, gitrepo.Commit) {
	t.Helper()
	before, baseObjects := rendered(t, flowBefore, "a1")
	after, headObjects := rendered(t, flowAfter(), "b2")
	head := gitrepo.Commit{
		Hash: "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432", Message: "Train on eight GPUs\n\nWhy not.\n",
		Author: gitrepo.Signature{Name: "Mira Okafor"},
	}
	base := gitrepo.Commit{Hash: "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678", Message: "Base"}
	diff := pipeline.Compare(
		pipeline.Side{Commit: base, Flows: []*workflows.Flow{before}, Objects: baseObjects},
		pipeline.Side{Commit: head, Flows: []*workflows.Flow{after}, Objects: headObjects}, "main")
	files, audit := sampleContext(), sampleAudit()
	record := &pipeline.Record{
		Tool: "0.1.0", Project: "agent", Commit: head.Hash, Subject: head.Subject(), Base: base.Hash,
		Started: time.Date(2026, 11, 24, 21, 3, 0, 0, time.UTC), Seconds: 1.5, Verdict: pipeline.Passed,
		Stages: []pipeline.StageRecord{
			{Name: "check", Verdict: pipeline.Passed, Seconds: 0.5}, {Name: "build", Verdict: pipeline.Skipped, Seconds: 1, Bytes: 10},
		},
		Audit: &audit, Context: &files, Changes: &diff.Changes,
		Images: []build.Image{{
			Name: "train", Repository: "r/agent/train", Tag: head.Hash, Digest: "sha256:00", How: build.Built,
			Origin: build.Origin{Commit: head.Hash}, Moved: build.Moved{Sent: 5, Received: 6},
			Manifests: []build.Manifest{
				{Platform: "linux/amd64", Layers: []build.Layer{{Kind: build.KindBase, Size: 7, Reused: true}, {Kind: build.KindCode, Size: 3}}},
				{Platform: "linux/arm64"},
			},
		}},
		Deploy: &deploy.Result{
			Written: true, Commit: "77aa88bb99cc", Pushed: true,
			Plan: deploy.Plan{
				Destination: deploy.Destination{Target: "rendered", Branch: "gantline-rendered", Remote: "origin"},
				Steps: []deploy.Step{
					{Action: deploy.Create, Kind: "CronWorkflow", Name: "a", File: "agent/a.yaml"},
					{Action: deploy.Change, Kind: "WorkflowTemplate", Name: "b"}, {Action: deploy.Delete, Kind: "WorkflowTemplate", Name: "c"},
					{Action: deploy.Unchanged, Kind: "WorkflowTemplate", Name: "d"},
				},
			},
		},
	}
	return &pipeline.Outcome{Record: record, Diff: diff}, head
}

func TestRunOf(t *testing.T) {
	outcome, commit := sampleOutcome(t)
	view := RunOf(outcome, commit, "faster")
	stages := []StageView{
		{Name: "check", Verdict: pipeline.Passed, Took: 500 * time.Millisecond},
		{Name: "build", Verdict: pipeline.Skipped, Start: 500 * time.Millisecond, Took: time.Second, Bytes: 10},
	}
	if diff := cmp.Diff(stages, view.Stages); diff != "" {
		t.Error(diff)
	}
	if len(view.Images) != 2 || len(view.Images[0].Layers) != 2 || view.Images[1].Platform != "linux/arm64" {
		t.Errorf("images are %+v", view.Images)
	}
	var actions []string
	for _, step := range view.Deploys[0].Steps {
		actions = append(actions, step.Action)
	}
	if diff := cmp.Diff([]string{"created", "changed", "removed", "unchanged"}, actions); diff != "" {
		t.Error(diff)
	}
	page := string(written(t, func(w io.Writer) error { return RunHTML(w, view) }))
	for _, want := range []string{
		"Train on eight GPUs", "Mira Okafor", "1 created, 1 changed, 1 removed, 1 unchanged", "branch gantline-rendered of origin",
		`id="stages"`, `id="audit"`, `id="files"`, `id="images"`, `id="flows"`, `id="changes"`, `id="deployed"`, `id="reproduce"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestOutcomeText(t *testing.T) {
	outcome, _ := sampleOutcome(t)
	record := *outcome.Record
	tests := []struct {
		name   string
		change func(r *pipeline.Record)
		want   string
	}{
		{"deployed", func(*pipeline.Record) {}, "Deployed to rendered: 1 created, 1 changed, 1 removed, 1 unchanged."},
		{"nothing to deploy", func(r *pipeline.Record) { r.Deploy = &deploy.Result{} }, "Nothing to deploy: what this commit renders is deployed already."},
		{"no deploy", func(r *pipeline.Record) { r.Deploy = nil }, "Built, rendered and compared; nothing was deployed."},
		{"killed", func(r *pipeline.Record) { r.Verdict = pipeline.Running }, "The run did not come to its end."},
		{"failed", func(r *pipeline.Record) {
			r.Verdict, r.Stages = pipeline.Failed, []pipeline.StageRecord{{Name: "build", Error: "disk full"}}
		}, "build: disk full"},
	}
	for _, test := range tests {
		changed := record
		test.change(&changed)
		if got := outcomeText(&changed); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestDiffOfNames(t *testing.T) {
	d := DiffOf("agent", "0.1.0", pipeline.Diff{Head: pipeline.Side{Commit: gitrepo.Commit{Hash: "abc", Snapshot: true}}})
	if d.Base.String() != "nothing" || d.Head.String() != "work tree (abc)" {
		t.Errorf("sides are %q and %q", d.Base, d.Head)
	}
}
