package kubecluster

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

// The files of testdata are answers of an API server: a schedule that gantline
// applied and kubectl patch suspended, and what an apply said after kubectl
// patch changed its time zone, with Argo's full and minimal CRDs.

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func suspended(t *testing.T, crds string) live {
	t.Helper()
	var u unstructured.Unstructured
	if err := u.UnmarshalJSON(read(t, "suspended-"+crds+".json")); err != nil {
		t.Fatal(err)
	}
	return live{&u}
}

// schedule is what gantline applied there.
func schedule(t *testing.T, timezone string) wanted {
	t.Helper()
	object, err := kube.Parse([]byte(`
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: agent-a, labels: {gantline.dev/project: agent, gantline.dev/flow: a}}
spec: {schedules: ["0 2 * * *"], timezone: `+timezone+`, workflowSpec: {workflowTemplateRef: {name: agent-a}}}
`), diag.Position{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := want(object)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func applied(w wanted, l live) Entry {
	return Entry{Kind: w.Kind, Name: w.Name, UID: string(l.GetUID()), Hash: w.hash, Spec: w.spec}
}

func TestSuspendedByHand(t *testing.T) {
	for crds, atomic := range map[string]bool{"full": false, "minimal": true} {
		t.Run(crds, func(t *testing.T) {
			l, w := suspended(t, crds), schedule(t, "UTC")
			if l.atomicSpec() != atomic {
				t.Errorf("atomic: %t", !atomic)
			}
			if by := l.suspendedBy(); by != "kubectl-patch" {
				t.Errorf("suspended by %q", by)
			}
			if !asApplied(w, l, applied(w, l)) {
				t.Error("a suspension is taken for an edit")
			}
			step, err := (&Target{}).decide(t.Context(), "agent", w, l, applied(w, l), true)
			if err != nil || step.Action != deploy.Unchanged || !step.Live.Suspended || step.Live.SuspendedBy != "kubectl-patch" {
				t.Errorf("%+v, %v", step, err)
			}
			// Where the spec is one field the suspension has to be sent along.
			if got := step.Live.Suspend != nil; got != atomic {
				t.Errorf("sent along: %t", got)
			}
		})
	}
}

// TestAsApplied: only an object that is as it was applied, in all that an apply
// would write, goes without a dry run.
func TestAsApplied(t *testing.T) {
	for _, crds := range []string{"full", "minimal"} {
		w := schedule(t, "UTC")
		for name, change := range map[string]func(l live, e *Entry){
			"another commit":         func(_ live, e *Entry) { e.Hash = "other" },
			"a deploy was killed":    func(_ live, e *Entry) { e.Hash = "" },
			"made anew":              func(l live, _ *Entry) { l.SetUID("other") },
			"edited":                 func(l live, _ *Entry) { set(t, l, "Europe/Berlin", "spec", "timezone") },
			"a label was changed":    func(l live, _ *Entry) { l.SetLabels(map[string]string{"gantline.dev/project": "agent"}) },
			"a list is longer":       func(l live, _ *Entry) { set(t, l, []any{"0 2 * * *", "0 3 * * *"}, "spec", "schedules") },
			"a field is not the map": func(l live, _ *Entry) { set(t, l, "x", "spec", "workflowSpec") },
		} {
			l := live{suspended(t, crds).DeepCopy()}
			e := applied(w, l)
			change(l, &e)
			if asApplied(w, l, e) {
				t.Errorf("%s: %s is as it was applied", crds, name)
			}
		}
		added := live{suspended(t, crds).DeepCopy()}
		set(t, added, "Replace", "spec", "concurrencyPolicy")
		// Somebody else's field beside ours is theirs, unless all is one field.
		if got, want := asApplied(w, added, applied(w, added)), crds == "full"; got != want {
			t.Errorf("%s: with a field of others: %t", crds, got)
		}
	}
}

func set(t *testing.T, l live, value any, path ...string) {
	t.Helper()
	if err := unstructured.SetNestedField(l.Object, value, path...); err != nil {
		t.Fatal(err)
	}
}

func TestConflictsOf(t *testing.T) {
	for crds, want := range map[string]conflict{"full": {".spec.timezone", "kubectl-patch"}, "minimal": {".spec", "kubectl-patch"}} {
		var status metav1.Status
		if err := json.Unmarshal(read(t, "conflict-"+crds+".json"), &status); err != nil {
			t.Fatal(err)
		}
		err := (&cluster.Cluster{}).Explain("applying", &apierrors.StatusError{ErrStatus: status})
		if diff := cmp.Diff([]conflict{want}, conflictsOf(err), cmp.AllowUnexported(conflict{})); diff != "" {
			t.Errorf("%s: %s", crds, diff)
		}
	}
	if got := conflictsOf(apierrors.NewConflict(cluster.CronWorkflows.GroupResource(), "a", errors.New("modified"))); got != nil {
		t.Errorf("a version that is too old is no conflict of fields: %v", got)
	}
}

// TestByHand: what of a conflict is an edit that a deploy must not overwrite.
func TestByHand(t *testing.T) {
	l, w := suspended(t, "minimal"), schedule(t, "UTC")
	next := schedule(t, "Europe/Berlin")
	edited := live{l.DeepCopy()}
	set(t, edited, "Asia/Tokyo", "spec", "timezone")
	spec := conflict{".spec", "kubectl-patch"}
	for _, test := range []struct {
		name  string
		found conflict
		w     wanted
		l     live
		hand  bool
	}{
		{"suspended alone, as applied", spec, next, l, false},
		{"suspended alone, as wanted", spec, w, l, false},
		{"edited", spec, next, edited, true},
		{"the controller's labels", conflict{".metadata.labels.gantline.dev/flow", controller}, w, l, false},
		{"the controller's annotations", conflict{".metadata.annotations.gantline.dev/source", controller}, w, l, false},
		{"a person's label", conflict{".metadata.labels.gantline.dev/flow", "kubectl-label"}, w, l, true},
		{"the controller's fields", conflict{".spec.schedules", controller}, w, l, true},
		{"a field", conflict{".spec.timezone", "kubectl-edit"}, w, l, true},
	} {
		got, err := byHand([]conflict{test.found}, test.w, test.l, applied(w, l))
		if err != nil || (len(got) > 0) != test.hand {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
	text := (&Target{Name: "prod"}).edited(w, edited, false, []conflict{spec}).Error()
	if text != "CronWorkflow/agent-a was edited by hand: .spec (kubectl-patch); it differs from this commit at spec.suspend, spec.timezone\n"+
		"  undo the edits; or overwrite them: gantline deploy --target prod --force-conflicts" {
		t.Error(text)
	}
}

func TestForeign(t *testing.T) {
	l := suspended(t, "full")
	unlabelled := live{l.DeepCopy()}
	unlabelled.SetLabels(nil)
	for _, test := range []struct {
		name, project string
		l             live
		known         bool
		uid           types.UID
		refused       string
	}{
		{"ours by its label", "agent", l, false, "", ""},
		{"ours by the inventory", "agent", unlabelled, true, l.GetUID(), ""},
		{"ours, as it was about to be made", "agent", unlabelled, true, "", ""},
		{"another's", "other", l, false, "", `belongs to project "agent"`},
		{"nobody's", "agent", unlabelled, false, "", "gantline did not make it"},
		{"made anew by a stranger", "agent", unlabelled, true, "before", "gantline did not make it"},
	} {
		err := foreign(test.l, test.project, test.known, Entry{UID: string(test.uid)})
		if (err != nil) != (test.refused != "") || err != nil && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("%s: %v, want %q", test.name, err, test.refused)
		}
	}
}

func TestPatch(t *testing.T) {
	w, yes := schedule(t, "UTC"), true
	body, err := w.patch("ml", "7", &yes)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"argoproj.io/v1alpha1","kind":"CronWorkflow","metadata":{"labels":{"gantline.dev/flow":"a","gantline.dev/project":"agent"},"name":"agent-a","namespace":"ml","resourceVersion":"7"},"spec":{"schedules":["0 2 * * *"],"suspend":true,"timezone":"UTC","workflowSpec":{"workflowTemplateRef":{"name":"agent-a"}}}}`
	if diff := cmp.Diff(want, string(body)); diff != "" {
		t.Error(diff)
	}
	plain, err := w.patch("ml", "", nil)
	if err != nil || strings.Contains(string(plain), "resourceVersion") || strings.Contains(string(plain), "suspend") {
		t.Errorf("%s, %v", plain, err)
	}
}
