package pipeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// Verdict is how a run or a stage ended.
type Verdict string

// The verdicts.
const (
	Passed      Verdict = "passed"
	Failed      Verdict = "failed"
	Refused     Verdict = "refused"
	Interrupted Verdict = "interrupted"
	Skipped     Verdict = "skipped"
	// Running is what a record says while it is being made; one that still
	// says so afterwards belongs to a run that was killed.
	Running Verdict = "running"
)

// Record is what a run of the pipeline did: run.json.
type Record struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Tool is the version of gantline.
	Tool    string `json:"tool"`
	Project string `json:"project"`
	Commit  string `json:"commit"`
	Subject string `json:"subject"`
	// Base is the commit that the diff compares with; empty where there is
	// none.
	Base    string    `json:"base,omitempty"`
	Started time.Time `json:"started"`
	// Seconds is how long the run took.
	Seconds  float64        `json:"seconds"`
	Verdict  Verdict        `json:"verdict"`
	Stages   []StageRecord  `json:"stages"`
	Problems []diag.Problem `json:"problems"`
	// What the stages handed on; nil for a stage that was not reached.
	Audit   *audit.Report      `json:"audit,omitempty"`
	Context *repoclean.Context `json:"context,omitempty"`
	Images  []build.Image      `json:"images,omitempty"`
	Objects []ObjectRecord     `json:"objects,omitempty"`
	Changes *objdiff.Changes   `json:"changes,omitempty"`
	Deploy  *deploy.Result     `json:"deploy,omitempty"`
}

// StageRecord is one stage of a run.
type StageRecord struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Seconds float64 `json:"seconds"`
	// Summary is what came of it, in a few words.
	Summary string `json:"summary,omitempty"`
	// Bytes is what the stage moved over the network; 0 where it moves none.
	Bytes int64 `json:"bytes,omitempty"`
	// Error says why it did not pass.
	Error string `json:"error,omitempty"`
}

// ObjectRecord is one rendered object.
type ObjectRecord struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Flow   string `json:"flow,omitempty"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// writeFile replaces a file in one step, so that a reader or a kill never sees
// half of it. Only the holder of the record's lock may call it.
func writeFile(path string, content []byte) error {
	temp := path + ".new"
	err := os.WriteFile(temp, content, 0o644)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		os.Remove(temp)
		return fmt.Errorf("writing %q: %w", path, err)
	}
	return nil
}

// write puts the record into the directory as run.json.
func (r *Record) write(dir string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the record: %w", err)
	}
	return writeFile(filepath.Join(dir, "run.json"), append(content, '\n'))
}
