package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

// flowText is a flow of nine steps that uses most of the language.
func flowText(name string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: gantline.dev/v1
kind: Flow
name: %s
description: Train, evaluate, report.
params:
  model: {type: string, default: base-7b}
  lr: {type: float, default: 0.1}
  suite: {enum: [smoke, full], default: smoke}
schedule: {cron: "0 2 * * *", timezone: America/Los_Angeles, params: {suite: full}}
defaults:
  resources: {cpus: 1, memory: 512Mi}
  timeout: 10m
steps:
  setup:
    run: python -m setup --model ${{ params.model }} --lr ${{ params.lr }}
    outputs: [config]
`, name)
	for i, previous := 0, "setup"; i < 4; i++ {
		step := fmt.Sprintf("train-%d", i)
		fmt.Fprintf(&b, `  %s:
    after: %s
    run: [python, train.py, --config, "${{ steps.setup.outputs.config }}", --rank, "%d"]
    env: {NCCL_DEBUG: INFO, MODEL: "${{ params.model }}"}
    retry: {limit: 3, for: [infra], backoff: 1m..30m}
    outputs: {checkpoint: {type: string}, loss: {type: float}}
`, step, previous, i)
		previous = step
	}
	b.WriteString(`  eval:
    after: train-3
    foreach: [click, type, navigate, scroll]
    run: |
      echo "evaluating ${{ item }}"
      python -m evaluate --action ${{ item }} --suite ${{ params.suite }} \
        --model ${{ steps.train-3.outputs.checkpoint }}
    outputs: {score: {type: float}}
  report:
    after: eval
    run: [python, -m, report, --scores, "${{ steps.eval.outputs.score }}"]
    outputs: {mean: {type: float}}
  release:
    after: report
    if: params.suite == "full"
    run: python -m release --mean ${{ steps.report.outputs.mean }}
on_exit:
  cleanup:
    run: python -m cleanup --verdict ${{ run.verdict }}
`)
	return []byte(b.String())
}

const pinned = "registry.example/bench/train@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// parseAll parses and checks n flows.
func parseAll(t *testing.T, n int) []*workflows.Flow {
	t.Helper()
	flows := make([]*workflows.Flow, n)
	for i := range flows {
		name := fmt.Sprintf("flow-%d", i)
		flow, problems := workflows.Parse("workflows/"+name+".yaml", flowText(name))
		problems = append(problems, workflows.Check(flow, workflows.Env{
			Project: "bench", Images: []string{"train"}, DefaultImage: "train", Queues: []string{}, SlurmProfiles: []string{}, Flows: []string{name},
		})...)
		if len(problems) > 0 {
			t.Fatalf("checking %s: %v", name, problems)
		}
		flows[i] = flow
	}
	return flows
}

// renderAll renders flows, and is how many bytes the objects have.
func renderAll(t *testing.T, flows []*workflows.Flow) (bytes int) {
	t.Helper()
	pins := render.Pins{"train": {Ref: pinned, Commit: "1234567890abcdef1234567890abcdef12345678", Workdir: "/workspace", User: "1000:1000"}}
	for _, flow := range flows {
		objects, problems := render.Argo(flow, pins, render.Options{Project: "bench", DefaultImage: "train"})
		if len(problems) > 0 || len(objects) != 2 {
			t.Fatalf("rendering %s: %d objects, %v", flow.Name.V, len(objects), problems)
		}
		for _, object := range objects {
			bytes += len(object.JSON())
		}
	}
	return bytes
}

// rendering measures flows from their text to their objects, and the command
// that takes them from git to files.
func rendering(t *testing.T) section {
	t.Helper()
	s := section{title: "Rendering flows of 9 steps"}
	perFlow := map[int]time.Duration{}
	for _, n := range []int{100, 500, 1000} {
		say("rendering %d flows", n)
		var parsing, all []cost
		for range 5 {
			var flows []*workflows.Flow
			parsing = append(parsing, own(func() { flows = parseAll(t, n) }))
			all = append(all, own(func() { renderAll(t, flows) }))
		}
		c := costs(all)
		perFlow[n] = c.cpu / time.Duration(n)
		s.rows = append(s.rows, costs(parsing).row(fmt.Sprintf("%d flows parsed and checked", n)))
		r := c.row(fmt.Sprintf("%d flows rendered", n))
		switch n {
		case 500:
			// It has one core at a time, so that this is its time on a machine
			// that does nothing else.
			r.goal = verdict(c.cpu < time.Second, "< 1 s of a core")
		case 1000:
			growth := perFlow[1000].Seconds() / perFlow[100].Seconds()
			r.goal = verdict(growth < 1.3, fmt.Sprintf("linear (%s a flow, %.2f× that of 100)", duration(perFlow[n]), growth))
		}
		s.rows = append(s.rows, r)
	}
	s.rows = append(s.rows, renderCommand(t, 500))
	return s
}

// own is the cost of a function in this process.
func own(work func()) cost {
	runtime.GC()
	begun, before := time.Now(), usedCPU()
	work()
	return cost{time.Since(begun), usedCPU() - before}
}

// usedCPU is what this process has used of the cores.
func usedCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// renderCommand is gantline render, one core's worth of processes and all.
func renderCommand(t *testing.T, n int) row {
	t.Helper()
	repo := newRepo(t)
	for i := range n {
		name := fmt.Sprintf("flow-%d", i)
		repo.write("workflows/"+name+".yaml", flowText(name))
	}
	repo.write("gantline.yaml", []byte("project: bench\nregistry: registry.example/ml\nflows: [workflows/*.yaml]\nimages: {train: {base: scratch}}\n"))
	repo.commit("Flows")
	say("rendering %d flows by the command", n)
	var all []cost
	out := filepath.Join(t.TempDir(), "rendered")
	for range 5 {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary(t, "gantline"), "render", "--quiet", "--repo", repo.dir, "--image", "train="+pinned, "--to", out)
		cmd.Env = append(os.Environ(), "GANTLINE_CACHE="+t.TempDir())
		all = append(all, run(t, cmd))
	}
	files, err := filepath.Glob(filepath.Join(out, "*.yaml"))
	if err != nil || len(files) != 2*n {
		t.Fatalf("the command wrote %d files (%v), want %d", len(files), err, 2*n)
	}
	return costs(all).row(fmt.Sprintf("gantline render, %d flows from git to %d files", n, 2*n))
}

func TestFlow(t *testing.T) {
	if bytes := renderAll(t, parseAll(t, 1)); bytes < 1000 {
		t.Errorf("a flow renders to %d bytes", bytes)
	}
	flow, problems := workflows.Parse("x.yaml", flowText("x"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var steps struct{ Steps, OnExit int }
	steps.Steps, steps.OnExit = len(flow.Steps.Keys()), len(flow.OnExit.Keys())
	if text, _ := json.Marshal(steps); string(text) != `{"Steps":8,"OnExit":1}` {
		t.Errorf("the flow has %s, want nine steps", text)
	}
}
