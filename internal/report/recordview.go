package report

import (
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

// DiffOf is a comparison as its writers take it.
func DiffOf(project, tool string, d pipeline.Diff) Diff {
	base, note := Ref{Name: d.Note, Commit: d.Base.Commit.Hash, Subject: d.Base.Commit.Subject()}, ""
	if base.Commit == "" { // then the note is a sentence that says why
		base.Name, note = "nothing", d.Note
	}
	return Diff{
		Project: project, Tool: tool, Base: base, Note: note,
		Head:    Ref{Name: headName(d.Head.Commit), Commit: d.Head.Commit.Hash, Subject: d.Head.Commit.Subject()},
		Flows:   FlowViews(d.Base.Flows, d.Head.Flows, d.Changes),
		Changes: d.Changes,
	}
}

func headName(commit gitrepo.Commit) string {
	if commit.Snapshot {
		return "work tree"
	}
	return ""
}

// RunOf is a run as its page shows it.
func RunOf(outcome *pipeline.Outcome, commit gitrepo.Commit, branch string) RunView {
	r := outcome.Record
	view := RunView{
		Project: r.Project, Commit: r.Commit, Subject: r.Subject, Author: commit.Author.Name, Branch: branch,
		Base: r.Base, Tool: r.Tool, Started: r.Started, Took: duration(r.Seconds),
		Verdict: r.Verdict, Outcome: outcomeText(r),
		Problems: r.Problems, Audit: r.Audit, Context: r.Context, Reproduce: reproduce(r),
	}
	var start time.Duration
	for _, s := range r.Stages {
		view.Stages = append(view.Stages, StageView{
			Name: s.Name, Verdict: s.Verdict, Start: start, Took: duration(s.Seconds),
			Bytes: s.Bytes, Summary: s.Summary, Error: s.Error,
		})
		start += duration(s.Seconds)
	}
	for _, image := range r.Images {
		view.Images = append(view.Images, imageViews(image)...)
	}
	if r.Changes != nil {
		diff := DiffOf(r.Project, r.Tool, outcome.Diff)
		view.Diff, view.Flows = &diff, diff.Flows
	}
	if r.Deploy != nil {
		view.Deploys = []DeployView{deployView(*r.Deploy)}
	}
	return view
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// outcomeText is what stopped the run, or what it brought about.
func outcomeText(r *pipeline.Record) string {
	for _, s := range r.Stages {
		if s.Error != "" {
			return s.Name + ": " + s.Error
		}
	}
	switch {
	case r.Verdict != pipeline.Passed:
		return "The run did not come to its end."
	case r.Deploy != nil && r.Deploy.Written:
		return "Deployed to " + r.Deploy.Plan.Target + ": " + r.Deploy.Plan.Summary() + "."
	case r.Deploy != nil:
		return "Nothing to deploy: what this commit renders is deployed already."
	}
	return "Built, rendered and compared; nothing was deployed."
}

// reproduce is how the parts of the run are had again.
func reproduce(r *pipeline.Record) []CommandView {
	return []CommandView{
		{"The whole run", "gantline pipeline " + r.Commit},
		{"What goes into the image, file by file", "gantline files " + r.Commit},
		{"The same image bytes, made again and compared", "gantline build --verify " + r.Commit},
		{"The rendered objects", "gantline render " + r.Commit},
	}
}

func imageViews(image build.Image) []ImageView {
	var views []ImageView
	for _, manifest := range image.Manifests {
		view := ImageView{
			Name: image.Name, Platform: manifest.Platform, Repository: image.Repository, Tag: image.Tag,
			Digest: image.Digest, Origin: image.Origin.Commit, How: string(image.How),
			Sent: image.Moved.Sent, Received: image.Moved.Received,
		}
		for _, layer := range manifest.Layers {
			view.Layers = append(view.Layers, LayerView{
				Kind: string(layer.Kind), Digest: layer.Digest, Size: layer.Size, MediaType: layer.MediaType, Reused: layer.Reused,
			})
		}
		views = append(views, view)
	}
	return views
}

func deployView(d deploy.Result) DeployView {
	view := DeployView{
		Target: d.Plan.Target, Where: d.Plan.Destination.String(), Cluster: d.Plan.Namespace != "",
		Commit: d.Commit, Pushed: d.Pushed, Summary: d.Plan.Summary(), Remarks: d.Plan.Remarks(),
	}
	past := map[deploy.Action]string{deploy.Create: "created", deploy.Change: "changed", deploy.Delete: "removed", deploy.Unchanged: "unchanged"}
	for _, step := range d.Plan.Steps {
		view.Steps = append(view.Steps, DeployStep{Action: past[step.Action], Kind: step.Kind, Name: step.Name, File: step.File, Says: step.Says})
	}
	return view
}
