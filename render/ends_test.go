package render_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/expr/argoexpr"
	"github.com/argoproj/argo-workflows/v3/util/expr/env"

	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/render"
)

// rendered is the objects of a flow that must render.
func rendered(t testing.TB, src string) []kube.Object {
	t.Helper()
	objects, problems := render.Argo(parse(t, "workflows/f.yaml", src), pins(), options())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, problem := range render.Validate(objects) {
		t.Errorf("Argo refuses it: %s", problem)
	}
	return objects
}

const header = "apiVersion: gantline.dev/v1\nkind: Flow\nname: f\n"

// TestEnds runs flows whose steps succeed, fail and are skipped, and looks at
// how each task and the run as a whole end.
func TestEnds(t *testing.T) {
	chain := `
params: {go: {type: bool, default: true}}
steps:
  first: {run: "true"}
  gate: {run: "true", after: first, if: params.go}
  middle: {run: "true", after: gate}
  anyway: {run: "true", after: {step: middle, allow: skipped}}
  other: {run: "true", after: {step: first, allow: failed}}
`
	tests := []struct {
		name   string
		src    string
		params map[string]string
		fail   map[string]bool
		run    string
		want   map[string]string
	}{
		{"all well", chain, nil, nil, "Succeeded", map[string]string{
			"first": "Succeeded", "gate": "Succeeded", "middle": "Succeeded", "anyway": "Succeeded", "other": "Succeeded", "verdict": "Succeeded"}},
		{"a skip leaves out what is after it, and no more", chain, map[string]string{"go": "false"}, nil, "Succeeded", map[string]string{
			"first": "Succeeded", "gate": "Skipped", "middle": "Omitted", "anyway": "Succeeded", "other": "Succeeded", "verdict": "Succeeded"}},
		{"a failure is no skip", chain, nil, map[string]bool{"gate": true}, "Failed", map[string]string{
			"first": "Succeeded", "gate": "Failed", "middle": "Omitted", "anyway": "Omitted", "other": "Succeeded", "verdict": "Omitted"}},
		{"an accepted failure still fails the run", chain, nil, map[string]bool{"first": true}, "Failed", map[string]string{
			"first": "Failed", "gate": "Omitted", "middle": "Omitted", "anyway": "Omitted", "other": "Succeeded", "verdict": "Omitted"}},
		{"the failed leaf of one branch", chain, nil, map[string]bool{"anyway": true}, "Failed", map[string]string{
			"first": "Succeeded", "gate": "Succeeded", "middle": "Succeeded", "anyway": "Failed", "other": "Succeeded", "verdict": "Omitted"}},
		{"a failed item fails the foreach", `
steps:
  each: {foreach: [a, b], run: "true"}
  after: {run: "true", after: each}
  told: {run: "true", after: {step: each, allow: failed}}
`, nil, map[string]bool{"each1": true}, "Failed", map[string]string{
			"each": "Failed", "after": "Omitted", "told": "Succeeded", "verdict": "Omitted"}},
		{"no item is no failure", `
params: {list: {type: json, default: []}}
steps:
  each: {foreach: "${{ params.list }}", run: "echo ${{ item }}", outputs: [o]}
  after: {run: "echo ${{ steps.each.outputs.o }}", after: each}
`, nil, nil, "Succeeded", map[string]string{"each": "Succeeded", "after": "Succeeded", "verdict": "Succeeded"}},
		{"every item is skipped", `
steps:
  each: {foreach: [a, b], if: item == "c", run: "echo ${{ item }}", outputs: [o]}
  after: {run: "echo ${{ steps.each.outputs.o }}", after: each}
`, nil, nil, "Succeeded", map[string]string{"each": "Succeeded", "after": "Succeeded", "verdict": "Succeeded"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newArgo(t, rendered(t, header+test.src), test.params)
			a.outputs = func(step string, index int) map[string]string {
				key := step
				if index >= 0 {
					key += string(rune('0' + index))
				}
				if test.fail[key] {
					return nil
				}
				return map[string]string{"o": `"x"`}
			}
			if got := a.run().phase; got != test.run {
				t.Errorf("the run ended %s, expected %s", got, test.run)
			}
			if diff := cmp.Diff(test.want, a.phases); diff != "" {
				t.Errorf("other ends (-want +got):\n%s", diff)
			}
		})
	}
}

// TestConditions evaluates the conditions of testdata/conditions.yaml as Argo
// does.
func TestConditions(t *testing.T) {
	src, err := os.ReadFile("testdata/conditions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects := rendered(t, string(src))
	tests := []struct {
		name   string
		params map[string]string
		score  string
		model  string
		want   map[string]string // of gate and named
		reads  []string          // of anyway
	}{
		{"not the suite", nil, "0.9", "x", map[string]string{"gate": "Skipped", "named": "Skipped"}, []string{"use", "none {{x}}", "skipped"}},
		{"score", map[string]string{"suite": `"full"`, "deep": "true"}, "0.5", "base", map[string]string{"gate": "Succeeded", "named": "Succeeded"}, []string{"use", "y", "succeeded"}},
		{"too low and deep", map[string]string{"suite": `"full"`, "deep": "true"}, "4e-1", "base ", map[string]string{"gate": "Skipped", "named": "Skipped"}, []string{"use", "none {{x}}", "skipped"}},
		{"too low, not deep", map[string]string{"suite": `"full"`}, "0", "", map[string]string{"gate": "Succeeded", "named": "Skipped"}, []string{"use", "y", "succeeded"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newArgo(t, objects, test.params)
			a.outputs = func(string, int) map[string]string {
				return map[string]string{"score": test.score, "model-name": encode(t, test.model), "o": `"y"`}
			}
			if got := a.run().phase; got != "Succeeded" {
				t.Errorf("the run ended %s", got)
			}
			for step, want := range test.want {
				if got := a.phases[step]; got != want {
					t.Errorf("step %s ended %s, expected %s", step, got, want)
				}
			}
			for _, pod := range a.pods {
				if pod.step == "anyway" {
					args, _ := pod.process(t)
					if diff := cmp.Diff(test.reads, args); diff != "" {
						t.Errorf("anyway reads otherwise (-want +got):\n%s", diff)
					}
				}
			}
		})
	}
}

// TestExit runs the exit handler after both verdicts, and a handler of the
// failed step.
func TestExit(t *testing.T) {
	src, err := os.ReadFile("testdata/conditions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	objects := rendered(t, string(src))
	for status, want := range map[string][2]string{
		"Succeeded": {"succeeded", "Skipped"}, "Failed": {"failed", "Succeeded"}, "Error": {"failed", "Succeeded"},
	} {
		a := newArgo(t, objects, nil)
		a.outputs = func(step string, _ int) map[string]string {
			if step == "first" {
				return nil
			}
			return map[string]string{}
		}
		if got := a.run().phase; got != "Failed" || a.phases["handler"] != "Succeeded" {
			t.Errorf("the run ended %s, the handler %s", got, a.phases["handler"])
		}
		a.pods = nil
		if got := a.exit(status).phase; got != "Succeeded" {
			t.Errorf("%s: the exit handler ended %s", status, got)
		}
		_, environ := a.pods[0].process(t)
		if diff := cmp.Diff([]string{"GANTLINE_RUN_VERDICT=" + want[0]}, environ); diff != "" {
			t.Errorf("%s: other verdict (-want +got):\n%s", status, diff)
		}
		if got := a.phases["clean"]; got != want[1] {
			t.Errorf("%s: clean ended %s, expected %s", status, got, want[1])
		}
	}
}

// TestRun reads what a run says of itself, started by hand and by a schedule.
func TestRun(t *testing.T) {
	objects := rendered(t, header+`
steps:
  one: {run: [x, "${{ run.id }}", "${{ run.name }}", "${{ run.started }}", "${{ run.scheduled }}"]}
`)
	for scheduled, want := range map[string]string{"": "2026-03-04T05:06:07Z", "2026-03-04T05:00:00Z": "2026-03-04T05:00:00Z"} {
		a := newArgo(t, objects, nil)
		// The controller knows these before its first pass; newArgo has made it
		// already, so the spec is taken anew.
		var tmpl wfv1.WorkflowTemplate
		if err := objects[0].Decode(&tmpl); err != nil {
			t.Fatal(err)
		}
		if scheduled != "" {
			a.global["workflow.scheduledTime"] = scheduled
		}
		a.spec = replace(t, tmpl.Spec, a.global)
		a.outputs = func(string, int) map[string]string { return map[string]string{} }
		a.run()
		args, _ := a.pods[0].process(t)
		if diff := cmp.Diff([]string{"x", "0a1b", "run-x7k2p", "2026-03-04T05:06:07Z", want}, args); diff != "" {
			t.Errorf("scheduled %q (-want +got):\n%s", scheduled, diff)
		}
	}
}

// TestRetry evaluates the expressions of retries over what Argo 3.7.9 was seen
// to say of attempts that ended badly.
func TestRetry(t *testing.T) {
	type attempt struct{ status, exitCode, message string }
	attempts := map[string]attempt{
		"program":  {"Failed", "3", "main: Error (exit code 3): gantline cause=error: exit code 3"},
		"output":   {"Failed", "65", "main: Error (exit code 65): gantline cause=output: no file"},
		"timeout":  {"Failed", "124", "main: Error (exit code 124): gantline cause=timeout: 6h passed"},
		"deadline": {"Failed", "143", "Pod was active on the node longer than the specified deadline"},
		"start":    {"Failed", "127", "main: Error (exit code 127): gantline cause=start: no such program"},
		"signal":   {"Failed", "137", "main: Error (exit code 137): gantline cause=signal: killed"},
		"oom":      {"Failed", "137", "main: OOMKilled (exit code 137)"},
		"oom, told": {"Failed", "137",
			"main: OOMKilled (exit code 137): gantline cause=signal: killed"},
		"deleted":  {"Error", "-1", "pod deleted"},
		"evicted":  {"Failed", "143", "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi"},
		"own disk": {"Failed", "143", "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi."},
		"shutdown": {"Failed", "143", "Pod was terminated in response to imminent node shutdown."},
		"forged":   {"Failed", "0", "main: Error (exit code 3): gantline cause=error: pod deleted"},
	}
	tests := []struct {
		causes string
		again  []string
	}{
		{"infra", []string{"signal", "deleted", "evicted", "shutdown"}},
		{"preempted", []string{"deleted", "evicted", "shutdown"}},
		{"oom", []string{"oom", "oom, told"}},
		{"timeout", []string{"timeout", "deadline"}},
		{"error", []string{"program", "output", "forged"}},
		{"{exit: [3, 137]}", []string{"program"}},
		{"[oom, {exit: 3}]", []string{"oom", "oom, told", "program"}},
		{"any", []string{"program", "output", "timeout", "deadline", "start", "signal", "oom", "oom, told", "deleted", "evicted", "own disk", "shutdown", "forged"}},
	}
	for _, test := range tests {
		t.Run(test.causes, func(t *testing.T) {
			objects := rendered(t, header+"steps: {one: {run: x, retry: {for: "+test.causes+"}}}")
			expression := newArgo(t, objects, nil).template("one").RetryStrategy.Expression
			want := map[string]bool{}
			for _, name := range test.again {
				want[name] = true
			}
			for name, attempt := range attempts {
				again, err := argoexpr.EvalBool(expression, env.GetFuncMap(map[string]any{
					"lastRetry.exitCode": attempt.exitCode, "lastRetry.status": attempt.status,
					"lastRetry.message": attempt.message, "lastRetry.duration": "3", "retries": "0",
				}))
				if err != nil {
					t.Fatalf("%s: %v", expression, err)
				}
				if again != want[name] {
					t.Errorf("after %q an attempt is tried again: %v", name, again)
				}
			}
		})
	}
}
