package report

import (
	"io"
	"time"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// RunView is one run of the pipeline as its page shows it. What a run did not
// reach is nil or empty, and its section is left out.
type RunView struct {
	Project string
	Commit  string // full hash
	Subject string
	Author  string
	Branch  string
	Base    string // commit that the diff compares with
	Tool    string
	Started time.Time
	Took    time.Duration
	Verdict pipeline.Verdict
	// Outcome is the verdict in a sentence: what stopped the run, or what it
	// brought about.
	Outcome   string
	Stages    []StageView
	Problems  []diag.Problem
	Audit     *audit.Report
	Context   *repoclean.Context
	Images    []ImageView
	Flows     []FlowView
	Diff      *Diff
	Deploys   []DeployView
	Reproduce []CommandView
}

// StageView is one stage of a run.
type StageView struct {
	Name    string
	Verdict pipeline.Verdict
	// Start counts from the start of the run.
	Start   time.Duration
	Took    time.Duration
	Bytes   int64 // moved over the network
	Summary string
	Error   string // why it did not pass
}

// ImageView is one image of the commit, for one platform.
type ImageView struct {
	Name       string
	Platform   string
	Repository string
	Tag        string
	Digest     string
	Origin     string // commit that the image belongs to
	// How says what it took: found, tagged or built.
	How    string
	Layers []LayerView // lowest first
	// Sent and Received are the bytes that went over the network.
	Sent, Received int64
}

// LayerView is one layer. Kind is base, system, python, setup, home, step,
// floor, code or data; Reused says that its bytes were neither made nor moved.
type LayerView struct {
	Kind      string
	Digest    string
	Size      int64 // compressed
	MediaType string
	Reused    bool
}

// DeployView is what a deploy did to one target.
type DeployView struct {
	Target  string
	Where   string // branch, or context and namespace
	Commit  string // that the deploy made; empty where nothing changed
	Pushed  bool
	Cluster bool // the target is a cluster, which has no files and no commits
	Summary string
	Steps   []DeployStep
	// Remarks are what was kept or left alone, a sentence each.
	Remarks []string
}

// DeployStep is what became of one object.
type DeployStep struct {
	Action string // created, changed, removed or unchanged
	Kind   string
	Name   string
	File   string
	Says   []string // what changed, a sentence each
}

// CommandView is a command that repeats or undoes a part of the run, and what
// it is for.
type CommandView struct {
	Purpose string
	Line    string
}

// RunHTML writes the run as one self-contained page.
func RunHTML(w io.Writer, run RunView) error {
	body, links, err := runBodyOf(run)
	if err != nil {
		return err
	}
	facts := []fact{{Name: "Commit", Value: shortHash(run.Commit), Code: true}}
	for _, f := range []fact{
		{Name: "Branch", Value: run.Branch, Code: true}, {Name: "Author", Value: run.Author},
		{Name: "Compared with", Value: shortHash(run.Base), Code: true},
	} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	facts = append(facts,
		fact{Name: "Started", Value: run.Started.UTC().Format("2006-01-02 15:04:05 UTC")},
		fact{Name: "Took", Value: elapsed(run.Took)})
	heading := run.Subject
	if heading == "" {
		heading = "Commit " + shortHash(run.Commit)
	}
	return writePage(w, "run.html", shell{
		Title: run.Project + ": " + heading, Eyebrow: []string{run.Project, "pipeline", shortHash(run.Commit)},
		Heading: heading, Verdict: &verdictLine{Class: string(run.Verdict), Word: word(run.Verdict), Text: run.Outcome},
		Facts: facts, Links: links, Tool: run.Tool, Body: body,
	})
}

// word is a verdict as a page says it.
func word(v pipeline.Verdict) string {
	switch v {
	case pipeline.Passed:
		return "Passed"
	case pipeline.Failed:
		return "Failed"
	case pipeline.Refused:
		return "Refused"
	case pipeline.Interrupted:
		return "Interrupted"
	case pipeline.Skipped:
		return "Skipped"
	}
	return "Not finished"
}
