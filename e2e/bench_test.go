package e2e

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

var measure = flag.Bool("measure", false, "measure deploys beside kubectl; make bench-cluster does")

// benchFlows is how many flows are deployed: a WorkflowTemplate and a
// CronWorkflow each.
const benchFlows = 500

// benchRounds is how often what can be repeated is: the ways take turns.
const benchRounds = 5

// TestMeasureDeploy deploys many flows with gantline, and the very same objects
// with kubectl's server-side apply, and prints what each took and asked for.
// kubectl reads files that were rendered before its clock starts; gantline
// begins at the commit.
func TestMeasureDeploy(t *testing.T) {
	if !*measure {
		t.Skip("measures, and holds nothing to be right: run make bench-cluster")
	}
	needsCluster(t)
	b := newBench(t)
	b.round("the first deploy", 1, nil)
	b.round("nothing changed", benchRounds, nil)
	b.round("one schedule changed", benchRounds, func(round int) {
		b.schedule(0, fmt.Sprintf("%d 4 * * *", round))
	})
	fmt.Printf("\n%d CronWorkflows and %d WorkflowTemplates of 9 steps, full CRDs\n\n%s\n", benchFlows, benchFlows, b.table())
}

// bench is one repository, deployed by gantline to one namespace and by kubectl
// to another.
type bench struct {
	t        *testing.T
	cluster  *cluster
	repo     string
	rendered string
	env      []string
	rows     [][]string
}

const (
	benchOurs  = "bench-gantline"
	benchPeers = "bench-kubectl"
)

// benchImage stands for an image that no pod here pulls.
const benchImage = "train=registry.example/bench/train@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func newBench(t *testing.T) *bench {
	t.Helper()
	c := startCluster(t, "full")
	b := &bench{t: t, cluster: c, repo: t.TempDir(), rendered: t.TempDir()}
	b.env = append(gitIdentity(), "KUBECONFIG="+c.kubeconfig, "GANTLINE_CACHE="+t.TempDir(), "NO_COLOR=1")
	for _, namespace := range []string{benchOurs, benchPeers} {
		if _, err := c.kubectl("create", "namespace", namespace); err != nil {
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf(`project: bench
registry: registry.example
flows: [workflows/*.yaml]
images: {train: {base: scratch}}
deploy: {targets: {prod: {namespace: %s}}}
`, benchOurs)
	if err := os.Mkdir(filepath.Join(b.repo, "workflows"), 0o755); err != nil {
		t.Fatal(err)
	}
	b.write("gantline.yaml", config)
	for i := range benchFlows {
		b.schedule(i, "0 2 * * *")
	}
	b.in("git", "init", "-q", "-b", "main")
	b.in(gantlinePath(t), "lock")
	b.commit()
	return b
}

func gantlinePath(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../bin/gantline")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *bench) in(name string, args ...string) {
	b.t.Helper()
	if _, err := command(b.repo, b.env, name, args...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := writeFile(filepath.Join(b.repo, name), text); err != nil {
		b.t.Fatal(err)
	}
}

// commit commits the work tree, and renders it for kubectl.
func (b *bench) commit() {
	b.t.Helper()
	b.in("git", "add", "-A")
	b.in("git", "commit", "-q", "--allow-empty", "-m", "Flows")
	b.in(gantlinePath(b.t), "render", "--image", benchImage, "--to", b.rendered)
}

// schedule writes a flow of nine steps that starts then.
func (b *bench) schedule(flow int, cron string) {
	b.t.Helper()
	name := fmt.Sprintf("flow-%d", flow)
	var text strings.Builder
	fmt.Fprintf(&text, `apiVersion: gantline.dev/v1
kind: Flow
name: %s
params: {model: {type: string, default: base-7b}, suite: {enum: [smoke, full], default: smoke}}
schedule: {cron: %q, timezone: America/Los_Angeles, params: {suite: full}}
defaults: {resources: {cpus: 1, memory: 512Mi}, timeout: 10m, shell: [sh, -c]}
steps:
  setup: {run: [python, -m, setup, --model, "${{ params.model }}"], outputs: [config]}
`, name, cron)
	previous := "setup"
	for i := range 7 {
		step := fmt.Sprintf("train-%d", i)
		fmt.Fprintf(&text, "  %s: {after: %s, run: [python, train.py, --config, \"${{ steps.setup.outputs.config }}\"], retry: {limit: 3, for: [infra], backoff: 1m..30m}}\n", step, previous)
		previous = step
	}
	fmt.Fprintf(&text, "  report: {after: %s, foreach: [click, type], run: [python, -m, report, \"${{ item }}\"]}\n", previous)
	b.write(filepath.Join("workflows", name+".yaml"), text.String())
}

// sample is what one command took, and what it asked the API server for.
type sample struct {
	wall, cpu time.Duration
	requests  int
}

// run runs one command on the same commit as all others of its round.
func (b *bench) run(agent string, args ...string) sample {
	b.t.Helper()
	from, err := b.cluster.auditSize()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = b.repo, append(os.Environ(), b.env...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	begun := time.Now()
	err = cmd.Run()
	s := sample{wall: time.Since(begun), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	// kubectl diff exits with 1 where there is a difference.
	if err != nil && (args[1] != "diff" || cmd.ProcessState.ExitCode() != 1) {
		b.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, said.String())
	}
	err = b.cluster.eachEvent(from, func(e event) {
		if strings.HasPrefix(e.UserAgent, agent) {
			s.requests++
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// round measures all ways in turns. Before each turn the commit may change.
func (b *bench) round(title string, times int, change func(round int)) {
	b.t.Helper()
	kubectl := []string{b.cluster.kubectlPath, "--kubeconfig", b.cluster.kubeconfig, "--namespace", benchPeers}
	ways := []struct {
		name, agent string
		args        []string
	}{
		{"gantline deploy", "gantline", []string{gantlinePath(b.t), "deploy", "--image", benchImage}},
		{"kubectl diff --server-side", "kubectl", []string{kubectl[0], "diff", "--server-side", "-f", b.rendered}},
		{"kubectl apply --server-side", "kubectl", []string{kubectl[0], "apply", "--server-side", "-f", b.rendered}},
	}
	samples := make([][]sample, len(ways))
	for round := range times {
		if change != nil {
			change(round)
			b.commit()
		}
		for i, way := range ways {
			args := way.args
			if way.agent == "kubectl" {
				args = slices.Concat([]string{args[0], args[1]}, kubectl[1:], args[2:])
			}
			fmt.Fprintf(os.Stderr, "measuring: %s, %s, %d of %d\n", title, way.name, round+1, times)
			samples[i] = append(samples[i], b.run(way.agent, args...))
		}
	}
	b.rows = append(b.rows, nil, []string{title})
	for i, way := range ways {
		ratios := make([]float64, times)
		for round := range times {
			ratios[round] = samples[i][round].wall.Seconds() / samples[0][round].wall.Seconds()
		}
		ratio := fmt.Sprintf("%.1f×", median(ratios))
		if i == 0 {
			ratio = ""
		}
		b.rows = append(b.rows, []string{
			way.name, duration(median(each(samples[i], func(s sample) time.Duration { return s.wall }))), ratio,
			duration(median(each(samples[i], func(s sample) time.Duration { return s.cpu }))),
			fmt.Sprint(median(each(samples[i], func(s sample) int { return s.requests }))),
		})
	}
}

func each[T any](samples []sample, of func(sample) T) []T {
	var out []T
	for _, s := range samples {
		out = append(out, of(s))
	}
	return out
}

func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func duration(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }

func (b *bench) table() string {
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\ttime\tto ours\tcpu\trequests")
	for _, row := range b.rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	table.Flush()
	return out.String()
}
