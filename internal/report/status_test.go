package report

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"gantline.dev/gantline/internal/runs"
	"gantline.dev/gantline/internal/streams"
)

// at is a time so many seconds after the sample run began.
func at(seconds int) time.Time {
	return time.Date(2026, 1, 5, 12, 0, seconds, 0, time.UTC)
}

// sampleRuns is a run of each kind: one that failed in several ways, one under
// way, one of a schedule, one whose steps are not in the object.
func sampleRuns() []runs.Run {
	const commit, parent = "0123456789abcdef0123456789abcdef01234567", "fedcba9876543210fedcba9876543210fedcba98"
	failed := runs.Run{
		Name: "agent-tune-bcdfg", Project: "agent", Flow: "tune", State: runs.Failed, Message: "child failed " + hostile,
		User: "ann", Commit: commit, Parent: parent, Uncommitted: true,
		Created: at(0), Started: at(1), Finished: at(200),
		Params: []runs.Param{{Name: "suite", Value: json.RawMessage(`"smoke"`)}, {Name: "epochs", Value: json.RawMessage(`3`)}},
		Steps: []runs.Step{
			{Name: "setup", State: runs.Succeeded, Started: at(1), Finished: at(9)},
			{Name: "eval", State: runs.Failed, Message: "item 1: the program ended with exit code 3", Started: at(9), Finished: at(99), Items: &runs.Items{Total: 4, Succeeded: 2, Failed: 1, Skipped: 1}},
			{Name: "train", State: runs.Failed, Message: hostile, Started: at(9), Finished: at(190), Attempt: 3},
			{Name: "report", State: runs.Omitted},
			{Name: "release", State: runs.Skipped, Message: "when 'false' evaluated false"},
			{Name: "cleanup", Exit: true, State: runs.Succeeded, Started: at(190), Finished: at(200)},
		},
	}
	going := runs.Run{
		Name: "agent-tune-hjkmn", Project: "agent", Flow: "tune", State: runs.Running, User: "bob", Commit: commit,
		Created: at(100), Started: at(100),
		Steps: []runs.Step{
			{Name: "setup", State: runs.Running, Started: at(150), Attempt: 1},
			{Name: "train", State: runs.Pending, Message: "Unschedulable: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", Started: at(160), Attempt: 2},
			{Name: "eval", State: runs.Running, Started: at(160), Items: &runs.Items{Total: 3, Running: 2, Succeeded: 1}},
			{Name: "report", State: runs.Waiting},
			{Name: "cleanup", Exit: true, State: runs.Waiting},
		},
	}
	return []runs.Run{
		{Name: "agent-tune-zzzzz", Project: "agent", Flow: "tune", State: runs.Pending, User: "ann", Commit: commit, Created: at(230)},
		going, failed,
		{Name: "agent-nightly-1767600000", Project: "agent", Flow: "nightly", State: runs.Succeeded, Schedule: "agent-nightly", Created: at(-90000), Started: at(-90000), Finished: at(-82000), StepsElsewhere: true},
		{Name: "agent-old", State: runs.Stopped, Message: "Stopped with strategy 'Stop'", Created: at(-400000), Started: at(-400000), Finished: at(-399970)},
	}
}

func TestStatus(t *testing.T) {
	list, now := sampleRuns(), at(240)
	failed := Status{Run: list[2], Target: "dev", Namespace: "ml-dev", URL: "https://argo.example.com/workflows/ml-dev/agent-tune-bcdfg", Logs: []LogTail{
		{Step: "eval", Item: 1, Lines: []string{"evaluating", hostile}},
		{Step: "train", Item: -1, Missing: "its pod is gone"},
		{Step: "other", Item: -1},
	}}
	text := func(s Status, on bool) func(*bytes.Buffer) error {
		return func(w *bytes.Buffer) error { return StatusText(w, s, now, streams.NewPalette(on)) }
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"status-waiting.txt": text(Status{Run: list[0]}, false),
		"status-going.txt":   text(Status{Run: list[1]}, false),
		"status-failed.txt":  text(failed, false),
		"status-colour.txt":  text(failed, true),
		"status-nightly.txt": text(Status{Run: list[3]}, false),
		"status-failed.json": func(w *bytes.Buffer) error { return StatusJSON(w, failed) },
		"runs.txt":           func(w *bytes.Buffer) error { return RunsText(w, list, now, streams.Palette{}) },
		"runs-colour.txt":    func(w *bytes.Buffer) error { return RunsText(w, list, now, streams.NewPalette(true)) },
		"runs.json":          func(w *bytes.Buffer) error { return RunsJSON(w, list) },
		"runs-none.json":     func(w *bytes.Buffer) error { return RunsJSON(w, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.Bytes())
		})
	}
}
