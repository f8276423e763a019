package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// How long cases wait, and how often they look.
const (
	startedWithin  = 3 * time.Minute // a schedule of every minute, and the controller's own pace
	finishedWithin = 5 * time.Minute
	lookEvery      = time.Second
)

func (w *workshop) started(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "started VAR SELECTOR")
	namespace := stateOf(ts).namespace
	for end := time.Now().Add(startedWithin); time.Now().Before(end); time.Sleep(lookEvery) {
		out, err := w.cluster.kubectl("get", "workflows", "--namespace", namespace, "--selector", args[1],
			"--sort-by", "{.metadata.creationTimestamp}", "-o", `jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}`)
		ts.Check(err)
		if names := strings.Fields(out); len(names) > 0 {
			ts.Setenv(args[0], names[len(names)-1])
			return
		}
	}
	ts.Fatalf("no Workflow with %s after %s", args[1], startedWithin)
}

func (w *workshop) finished(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "finished NAME PHASE")
	namespace, name, want := stateOf(ts).namespace, args[0], args[1]
	phase := ""
	for end := time.Now().Add(finishedWithin); time.Now().Before(end); time.Sleep(lookEvery) {
		out, err := w.cluster.kubectl("get", "workflow", name, "--namespace", namespace, "-o", "jsonpath={.status.phase}")
		ts.Check(err)
		phase = out
		if slices.Contains([]string{"Succeeded", "Failed", "Error"}, phase) {
			break
		}
	}
	if phase != want {
		ts.Fatalf("Workflow %s is %q, not %s:\n%s", name, phase, want, w.nodes(namespace, name))
	}
}

// nodes says how far a Workflow came.
func (w *workshop) nodes(namespace, name string) string {
	out, err := w.cluster.kubectl("get", "workflow", name, "--namespace", namespace, "-o",
		`jsonpath={.status.message}{"\n"}{range .status.nodes.*}{.displayName}{"\t"}{.type}{"\t"}{.phase}{"\t"}{.message}{"\n"}{end}`)
	if err != nil {
		return fmt.Sprint(err)
	}
	pods, err := w.cluster.kubectl("get", "pods", "--namespace", namespace, "-o", "wide")
	if err != nil {
		pods = fmt.Sprint(err)
	}
	return out + pods
}
