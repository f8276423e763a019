package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/runs"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/render"
)

// recorded is a run as a cluster had it.
func recorded(t *testing.T, name string) runs.Run {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "runs", "testdata", name+".workflow.json"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := runs.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// until is the run as it was when only so many of its steps had begun.
func until(run runs.Run, steps int) runs.Run {
	run.State, run.Steps = runs.Running, append([]runs.Step(nil), run.Steps...)
	for i := range run.Steps {
		switch {
		case i == steps:
			run.Steps[i] = runs.Step{Name: run.Steps[i].Name, State: runs.Running, Started: run.Steps[i].Started}
		case i > steps:
			run.Steps[i] = runs.Step{Name: run.Steps[i].Name, State: runs.Waiting}
		}
	}
	return run
}

// TestRunView shows a run as it goes on, one line a change, without repeating
// what was said.
func TestRunView(t *testing.T) {
	s := streams.Test()
	now := time.Date(2026, 1, 5, 12, 30, 45, 0, time.UTC)
	view := &runView{printer: s.Printer(streams.Normal), now: func() time.Time { return now }, stamped: true, live: true, shown: map[string]shownStep{}}
	whole, waits := recorded(t, "failed"), recorded(t, "unschedulable")
	pulls := until(waits, 0)
	pulls.Steps[0].State, pulls.Steps[0].Message = runs.Pending, "ErrImagePull: not found"
	view.changed(runs.Run{Name: whole.Name, State: runs.Pending})
	view.changed(waits)
	view.changed(pulls)
	view.changed(waits)
	view.changed(pulls)
	for i := range whole.Steps {
		view.changed(until(whole, i))
	}
	view.changed(whole)
	view.changed(whole)
	view.close()
	want := `▸ 12:30:45 first  starting: Unschedulable: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.
▸ 12:30:45 first  starting: ErrImagePull: not found
▸ 12:30:45 first  running
✓ 12:30:45 first  succeeded in 5.0s
▸ 12:30:45 try    running
✗ 12:30:45 try    failed after 18.0s, attempt 2: the program ended with exit code 7
▸ 12:30:45 items  running
✗ 12:30:45 items  failed after 12.0s, 3/3 items, 1 failed: item 1: the program ended with exit code 3
▸ 12:30:45 after  running
– 12:30:45 after  not run
▸ 12:30:45 clean  running
✓ 12:30:45 clean  succeeded in 8.0s
`
	if diff := cmp.Diff(want, s.Stderr()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if s.Stdout() != "" {
		t.Errorf("standard output has %q", s.Stdout())
	}
}

// TestRunViewOnATerminal holds the live lines to being gone when the run ended.
func TestRunViewOnATerminal(t *testing.T) {
	s := streams.Test()
	s.ErrTerminal, s.Animated = true, true
	now := time.Now()
	view := &runView{printer: s.Printer(streams.Normal), now: func() time.Time { return now }, live: true, shown: map[string]shownStep{}}
	whole := recorded(t, "succeeded")
	view.changed(until(whole, 0))
	view.changed(until(whole, 1))
	view.changed(whole)
	written := s.Stderr()
	last := written[strings.LastIndex(written, "\x1b[0J")+1:]
	if !strings.Contains(last, "✓ cleanup  succeeded in 5.0s") || strings.Contains(last, "⠋") {
		t.Errorf("the end of the screen is %q", last)
	}
	view.close()
	if s.Stderr() != written {
		t.Errorf("closing wrote %q", s.Stderr()[len(written):])
	}
}

func TestOwnLines(t *testing.T) {
	var got []string
	line := ownLines(func(text string) { got = append(got, text) })
	for _, text := range []string{
		`{"time":"2026-01-05T12:00:00.000Z","flow":"f","step":"s","event":"start"}`,
		`{"time":"2026-01-05T12:00:00.000Z","event":"mine"}`,
		`Error: exit status 1`,
		`time="mine" level=info`,
		`{"time":"2026-01-05T12:00:00.000Z","flow":"f","step":"s","event":"end","exit_code":1}`,
		`time="2026-01-05T12:00:00.000Z" level=info msg="sub-process exited" argo=true error="<nil>"`,
		`time="2026-01-05T12:00:00.000Z" level=info msg="no need to save" argo=true`,
		`Error: exit status 1`,
	} {
		line(text)
	}
	want := []string{`{"time":"2026-01-05T12:00:00.000Z","event":"mine"}`, `Error: exit status 1`, `time="mine" level=info`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLabelText(t *testing.T) {
	for text, want := range map[string]string{
		"ann": "ann", "Ann.B+x": "ann-b-x", "..": "", "ä": "", "": "",
		strings.Repeat("a", 39) + "-b": strings.Repeat("a", 39), "réné": "r-n",
	} {
		if got := labelText(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestExitCodesOfRuns(t *testing.T) {
	for _, test := range []struct {
		err  error
		want int
	}{
		{errRunFailed, exitRunFailed},
		{leftError{"agent-x", ""}, exitInterrupted},
		{fmt.Errorf("x: %w", &runs.UnknownRunError{Name: "x"}), exitUsage},
		{&runs.LostError{Run: "x", Err: cluster.ErrUnreachable}, exitFailed},
		{usageError{&render.ParamsError{Flow: "f"}}, exitUsage},
	} {
		if got := ExitCode(test.err); got != test.want {
			t.Errorf("%v exits with %d, want %d", test.err, got, test.want)
		}
	}
}

// TestChooseRunTarget holds runs to going where gantline.yaml or the user says,
// and nowhere by guess.
func TestChooseRunTarget(t *testing.T) {
	branch := config.Target{Name: "rendered", Branch: "gantline-rendered"}
	prod, dev := config.Target{Name: "prod", Namespace: "ml"}, config.Target{Name: "dev", Namespace: "ml-dev", RunsOnly: true}
	for _, test := range []struct {
		targets     []config.Target
		run, name   string
		want, wrong string
	}{
		{[]config.Target{branch, prod, dev}, "dev", "", "dev", ""},
		{[]config.Target{branch, prod, dev}, "dev", "prod", "prod", ""},
		{[]config.Target{branch, prod}, "", "", "", "write run: {target: prod}, or name a cluster with --target: prod"},
		{[]config.Target{branch, prod}, "", "rendered", "", "is a branch, and runs go to a cluster: prod"},
		{[]config.Target{branch, prod}, "", "prd", "", `did you mean "prod"?`},
		{[]config.Target{branch}, "", "", "", "declares no cluster for runs"},
		{nil, "", "dev", "", "declares no cluster for runs"},
	} {
		c := &config.Config{Deploy: config.Deploy{Targets: test.targets}, Run: config.Run{Target: test.run}}
		got, err := chooseRunTarget(c, test.name)
		switch {
		case test.wrong == "" && (err != nil || got.Name != test.want):
			t.Errorf("%q of %v is %q, %v", test.name, test.targets, got.Name, err)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong) || ExitCode(err) != exitUsage):
			t.Errorf("%q of %v: %v", test.name, test.targets, err)
		}
	}
}
