package runs

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/internal/wire"
)

// Labels and annotations that gantline run gives a Workflow beside those of
// its flow.
const (
	LabelProject = "gantline.dev/project"
	LabelFlow    = "gantline.dev/flow"
	// LabelRun marks what gantline run started.
	LabelRun = "gantline.dev/run"
	// LabelCommit is the commit, cut to the 63 characters of a label.
	LabelCommit = "gantline.dev/commit"
	LabelUser   = "gantline.dev/user"

	AnnotationCommit = "gantline.dev/commit"
	// AnnotationParent is the commit that uncommitted work stands on.
	AnnotationParent = "gantline.dev/parent-commit"
	// AnnotationUncommitted is "true" for a run of uncommitted work.
	AnnotationUncommitted = "gantline.dev/uncommitted"
	// AnnotationRef is the private ref that keeps the commit in the repository
	// that it was started from.
	AnnotationRef = "gantline.dev/ref"
	// AnnotationSubmission tells one submission from another of the same name.
	AnnotationSubmission = "gantline.dev/submission"

	labelCron = "workflows.argoproj.io/cron-workflow"
)

// State is how far a run or a step is.
type State string

// The states. A run is never Waiting, Skipped or Omitted.
const (
	// Waiting is a step whose turn has not come.
	Waiting State = "waiting"
	// Pending is what was started and does not run yet: a pod without a node,
	// an image on its way.
	Pending State = "pending"
	// Backoff is a step between two attempts. Argo waits first, and decides
	// then whether there is another.
	Backoff   State = "backoff"
	Running   State = "running"
	Succeeded State = "succeeded"
	Failed    State = "failed"
	// Errored is what Argo could not run.
	Errored State = "error"
	// Stopped is a run that somebody stopped, or a step that ended by it.
	Stopped State = "stopped"
	// Skipped is a step whose condition was not met.
	Skipped State = "skipped"
	// Omitted is a step that something before it kept from running.
	Omitted State = "omitted"
)

// Ended says whether nothing more comes.
func (s State) Ended() bool { return s != Waiting && s != Pending && s != Backoff && s != Running }

// Bad says whether it ended badly.
func (s State) Bad() bool { return s == Failed || s == Errored || s == Stopped }

// Run is one run as it stands.
type Run struct {
	Name    string `json:"name"`
	Project string `json:"project,omitempty"`
	Flow    string `json:"flow,omitempty"`
	State   State  `json:"state"`
	// Message is Argo's word on the state.
	Message string `json:"message,omitempty"`
	// User is who started it with gantline run; Schedule the CronWorkflow that
	// did. Both are empty for a run that was started another way.
	User     string `json:"user,omitempty"`
	Schedule string `json:"schedule,omitempty"`
	// Commit is empty for a run of what was deployed.
	Commit string `json:"commit,omitempty"`
	// Parent is the commit that uncommitted work stands on.
	Parent      string `json:"parent,omitempty"`
	Uncommitted bool   `json:"uncommitted,omitempty"`
	// Created is when it was submitted, Started when Argo took it; Finished is
	// zero until it ended.
	Created  time.Time `json:"created"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Params are the values of the run's parameters, by name.
	Params []Param `json:"params,omitempty"`
	// Steps are in the order of the flow. They are nil where the cluster keeps
	// them in a database of its own, which StepsElsewhere says.
	Steps          []Step `json:"steps,omitempty"`
	StepsElsewhere bool   `json:"stepsElsewhere,omitempty"`
	// PodGC is Argo's strategy for deleting finished pods; empty for none.
	PodGC string `json:"-"`
}

// Param is one parameter of a run and its value: JSON, or where somebody
// started the run with something else, that as a JSON string.
type Param struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// Text is the value for people: a string without its quotes.
func (p Param) Text() string {
	var text string
	if json.Unmarshal(p.Value, &text) == nil {
		return text
	}
	return string(p.Value)
}

// Duration is how long the run took, or has taken by now.
func (r Run) Duration(now time.Time) time.Duration { return duration(r.Started, r.Finished, now) }

func duration(started, finished, now time.Time) time.Duration {
	if started.IsZero() {
		return 0
	}
	if finished.IsZero() {
		finished = now
	}
	return max(finished.Sub(started), 0)
}

// Step is the step of that name.
func (r Run) Step(name string) (Step, bool) {
	at := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Name == name })
	if at < 0 {
		return Step{}, false
	}
	return r.Steps[at], true
}

// StepNames are in the order of the flow.
func (r Run) StepNames() []string {
	names := make([]string, 0, len(r.Steps))
	for _, step := range r.Steps {
		names = append(names, step.Name)
	}
	return names
}

// Parse reads a run from its Workflow's JSON.
func Parse(raw []byte) (Run, error) {
	wf, err := decode(raw)
	if err != nil {
		return Run{}, err
	}
	return runOf(wf), nil
}

func runOf(wf *workflow) Run {
	meta, effective := wf.Metadata, wf.effective()
	run := Run{
		Name: meta.Name, Project: meta.Labels[LabelProject], Flow: meta.Labels[LabelFlow],
		State: runState(wf), Message: wf.Status.Message,
		User: meta.Labels[LabelUser], Schedule: meta.Labels[labelCron],
		Commit: meta.Annotations[AnnotationCommit], Parent: meta.Annotations[AnnotationParent],
		Uncommitted: meta.Annotations[AnnotationUncommitted] == "true",
		Created:     meta.CreationTimestamp.UTC(),
		Started:     timeOf(wf.Status.StartedAt), Finished: timeOf(wf.Status.FinishedAt),
		Params: params(effective, wf.Spec), Steps: steps(wf),
		StepsElsewhere: wf.Status.Offloaded != "",
	}
	if run.StepsElsewhere {
		run.Steps = nil
	}
	if effective.PodGC != nil {
		run.PodGC = effective.PodGC.Strategy
	}
	return run
}

func runState(wf *workflow) State {
	state := stateOf(wf.Status.Phase)
	switch {
	case wf.Status.Phase == "":
		return Pending
	case state == Failed && wf.Spec.Shutdown != "":
		return Stopped
	}
	return state
}

// shutdownWords are how Argo marks what it ended because the run was stopped.
const shutdownWords = "workflow shutdown with strategy"

// stateOfNode is that of its phase; what a stop ended has not failed.
func stateOfNode(n node) State {
	state := stateOf(n.Phase)
	if state.Bad() && (strings.Contains(n.Message, shutdownWords) || strings.HasPrefix(n.Message, "Stopped with strategy")) {
		return Stopped
	}
	return state
}

// stateOf is the state that a phase of Argo's means.
func stateOf(phase string) State {
	switch phase {
	case "":
		return Waiting
	case "Pending":
		return Pending
	case "Running":
		return Running
	case "Succeeded":
		return Succeeded
	case "Failed":
		return Failed
	case "Skipped":
		return Skipped
	case "Omitted":
		return Omitted
	}
	return Errored
}

// params are the run's own values over the template's.
func params(template, own spec) []Param {
	values := map[string]json.RawMessage{}
	for _, list := range [][]parameter{template.Arguments.Parameters, own.Arguments.Parameters} {
		for _, p := range list {
			if text, ok := p.Value.(string); ok {
				values[p.Name] = paramValue(text)
			}
		}
	}
	var out []Param
	for _, name := range slices.Sorted(maps.Keys(values)) {
		out = append(out, Param{name, values[name]})
	}
	return out
}

func paramValue(text string) json.RawMessage {
	if value, err := wire.Decode(text); err == nil {
		return value
	}
	quoted, err := json.Marshal(text)
	if err != nil { // a string always has JSON
		return json.RawMessage("null")
	}
	return quoted
}
