package pipeline_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/pipeline"
)

// run runs the pipeline with a record in dir.
func run(t *testing.T, s store, p *pipeline.Project, options pipeline.RunOptions) (*pipeline.Outcome, error) {
	t.Helper()
	means, _ := s.means(t)
	return pipeline.Run(t.Context(), p, means, options)
}

// stages is how each stage of a record ended.
func stages(r *pipeline.Record) string {
	var out []string
	for _, stage := range r.Stages {
		out = append(out, stage.Name+" "+string(stage.Verdict))
	}
	return strings.Join(out, ", ")
}

// TestRecord: what a run leaves is what it says, on disk as in its outcome, and
// the bundle is complete: each file by its hash, each image by digest.
func TestRecord(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	p := r.valid("HEAD")
	dir := filepath.Join(t.TempDir(), "record")
	outcome, err := run(t, newStore(t), p, pipeline.RunOptions{Deploy: pipeline.DeployOptions{Target: "rendered"}, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	record := readRecord(t, dir)
	sameOnDisk(t, outcome.Record, dir)
	if record.Verdict != pipeline.Passed || record.Commit != p.Commit.Hash || record.Project != "agent" || record.Kind != "PipelineRun" {
		t.Errorf("the record: %+v", record)
	}
	want := "check passed, audit passed, files passed, build passed, render passed, diff passed, deploy passed"
	if got := stages(&record); got != want {
		t.Errorf("stages: %s", got)
	}
	if record.Deploy == nil || record.Deploy.Commit != r.git("rev-parse", "gantline-rendered") {
		t.Errorf("the deploy: %+v", record.Deploy)
	}
	checkBundle(t, filepath.Join(dir, "rendered"), &record)
}

// sameOnDisk holds run.json to the record.
func sameOnDisk(t *testing.T, record *pipeline.Record, dir string) {
	t.Helper()
	want, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want)+"\n", string(got)); diff != "" {
		t.Errorf("run.json (-record +file):\n%s", diff)
	}
}

func checkBundle(t *testing.T, dir string, record *pipeline.Record) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "bundle.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bundle pipeline.Bundle
	if err := json.Unmarshal(content, &bundle); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if entry.Name() != "bundle.json" {
			sum := sha256.Sum256(text)
			files[entry.Name()] = hex.EncodeToString(sum[:])
		}
	}
	image := record.Images[0]
	want := pipeline.Bundle{
		Version: 1, Project: "agent", Commit: record.Commit, Tool: record.Tool,
		Images: map[string]string{"train": image.Repository + "@" + image.Digest}, Files: files,
	}
	if diff := cmp.Diff(want, bundle); diff != "" {
		t.Errorf("the bundle (-want +got):\n%s", diff)
	}
	for _, object := range record.Objects {
		if files[object.File] != object.SHA256 || object.Flow != "nightly" {
			t.Errorf("object %+v is not in the bundle", object)
		}
	}
	if len(record.Objects) != 2 || len(files) != 2 {
		t.Errorf("%d objects in %d files, not 2 in 2", len(record.Objects), len(files))
	}
}

// TestRunReplacesTheRecord: what an earlier run, killed or not, left in the
// directory is gone after the next one.
func TestRunReplacesTheRecord(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	dir := t.TempDir()
	for _, name := range []string{"rendered/old.yaml", "rendered.new/half.yaml", "run.json.new", "run.json"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("old"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := run(t, newStore(t), p, pipeline.RunOptions{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	want := []string{".lock", "rendered/bundle.json", "rendered/cronworkflow-agent-nightly.yaml", "rendered/workflowtemplate-agent-nightly.yaml", "run.json"}
	if diff := cmp.Diff(want, names); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestRunStops: a run ends at the stage that fails or refuses, whose error and
// verdict the record holds, and what is behind it is skipped.
func TestRunStops(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files  map[string]string
		target string
		stages string
		says   string
	}{
		"a flow with an error": {
			files:  map[string]string{"workflows/nightly.yaml": nightlyFlow + "nonsense: 1\n"},
			stages: "check failed, audit skipped, files skipped, build skipped, render skipped, diff skipped",
			says:   "1 problem found; nothing was done",
		},
		"an unknown target": {
			target: "render",
			stages: "check failed, audit skipped, files skipped, build skipped, render skipped, diff skipped, deploy skipped",
			says:   `declares no deploy target "render"; did you mean "rendered"?`,
		},
		"too large a file": {
			files:  map[string]string{"gantline.yaml": strings.Replace(projectFile, "context:", "context:\n  max_file: 1KB", 1), "big": strings.Repeat("x", 2000)},
			stages: "check passed, audit passed, files refused, build skipped, render skipped, diff skipped",
			says:   "refused: \"big\" has 2.00 kB, more than context.max_file",
		},
		"no lock": {
			files:  map[string]string{"gantline.lock": "version: 1\n"},
			stages: "check passed, audit passed, files passed, build refused, render skipped, diff skipped",
			says:   "gantline lock",
		},
		"another deploy branch": {
			files:  map[string]string{"gantline.yaml": strings.Replace(projectFile, "branch: main", "branch: trunk", 1)},
			target: "rendered",
			stages: "check passed, audit passed, files passed, build passed, render passed, diff passed, deploy refused",
			says:   "refused: there is no branch trunk",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t, example(test.files))
			dir := t.TempDir()
			outcome, err := run(t, newStore(t), r.load("HEAD"), pipeline.RunOptions{Deploy: pipeline.DeployOptions{Target: test.target}, Dir: dir})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %q", err)
			}
			record := readRecord(t, dir)
			if got := stages(&record); got != test.stages {
				t.Errorf("stages: %s", got)
			}
			failed := false
			for _, stage := range record.Stages {
				failed = failed || stage.Error != "" && stage.Verdict == record.Verdict && strings.Contains(err.Error(), stage.Error)
			}
			if !failed || record.Verdict == pipeline.Passed {
				t.Errorf("no stage holds the error: %+v", record)
			}
			sameOnDisk(t, outcome.Record, dir)
			if branches := r.git("branch", "--list", "gantline-rendered"); branches != "" {
				t.Errorf("it deployed: %s", branches)
			}
		})
	}
}

// TestRunIsInterrupted: a cancelled run says so, at the stage it was in.
func TestRunIsInterrupted(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Add(faultproxy.Fault{Nth: 5, Action: faultproxy.Call(cancel)})
	means, _ := s.means(t)
	dir := t.TempDir()
	_, err := pipeline.Run(ctx, p, means, pipeline.RunOptions{Dir: dir})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	record := readRecord(t, dir)
	if got := stages(&record); record.Verdict != pipeline.Interrupted || !strings.Contains(got, "build interrupted, render skipped") {
		t.Errorf("verdict %s, stages %s", record.Verdict, got)
	}
}

// TestRunsWaitForEachOther: the second run of a record waits, says so once, and
// can be interrupted while it does.
func TestRunsWaitForEachOther(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	s := newStore(t)
	dir := t.TempDir()
	inside, proceed := make(chan struct{}), make(chan struct{})
	s.Add(faultproxy.Fault{Nth: 1, Action: faultproxy.Call(func() { close(inside); <-proceed })})
	first := make(chan error, 1)
	go func() {
		_, err := run(t, s, p, pipeline.RunOptions{Dir: dir})
		first <- err
	}()
	<-inside

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	means, double := s.means(t)
	if _, err := pipeline.Run(ctx, p, means, pipeline.RunOptions{Dir: dir}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second one did not wait: %v", err)
	}
	if n := strings.Count(double.Stderr(), "waiting for it"); n != 1 {
		t.Errorf("it said %d times that it waits:\n%s", n, double.Stderr())
	}
	close(proceed)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, s, p, pipeline.RunOptions{Dir: dir}); err != nil {
		t.Errorf("the lock outlived its holder: %v", err)
	}
}
