package kubecluster

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

func there(name, project, uid string) live {
	u := &unstructured.Unstructured{Object: map[string]any{"kind": "CronWorkflow"}}
	u.SetName(name)
	u.SetUID(types.UID(uid))
	if project != "" {
		u.SetLabels(map[string]string{labelProject: project})
	}
	return live{u}
}

// TestRemoved: only what the inventory claims and the label confirms goes.
func TestRemoved(t *testing.T) {
	leaving := there("leaving", "agent", "u")
	now := metav1.Now()
	leaving.SetDeletionTimestamp(&now)
	objects, entries := map[string]live{}, map[string]Entry{}
	for _, l := range []live{
		there("kept", "agent", "u"), there("gone", "agent", "u"), there("half-made", "agent", "u"), there("anew", "agent", "u"),
		there("lost-label", "", "u"), there("never-claimed", "agent", "u"), there("stranger", "", "u"), there("neighbour", "other", "u"), leaving,
	} {
		objects["CronWorkflow/"+l.GetName()] = l
	}
	for name, uid := range map[string]string{"kept": "u", "gone": "u", "half-made": "", "anew": "before", "lost-label": "u", "leaving": "u", "not-there": "u"} {
		entries["CronWorkflow/"+name] = Entry{Kind: "CronWorkflow", Name: name, UID: uid}
	}
	steps, notes := removed("agent", map[string]wanted{"CronWorkflow/kept": {}}, objects, entries)
	got := map[string]string{}
	for _, step := range steps {
		got[step.Name] = string(step.Action) + " " + step.Live.UID
	}
	if diff := cmp.Diff(map[string]string{"gone": "delete u", "half-made": "delete u"}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"CronWorkflow/anew is not of this commit, and was made anew by somebody else: left alone",
		"CronWorkflow/lost-label is not of this commit, and lost its label gantline.dev/project=agent: left alone",
		"CronWorkflow/never-claimed has the label of project agent, and no deploy from here made it: left alone",
	}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Error(diff)
	}
}

// TestTogether: all objects that can't be written are named, in one go.
func TestTogether(t *testing.T) {
	if err := together(nil); err != nil {
		t.Error(err)
	}
	hint := "do this"
	err := together([]error{refusal{"b", hint}, fmt.Errorf("since: %w", refusal{"a", hint})})
	var refused *deploy.RefusedError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&deploy.RefusedError{Reasons: []string{"b", "a"}, Hints: []string{hint}}, refused); diff != "" {
		t.Error(diff)
	}
	err = together([]error{refusal{"b", hint}, &cluster.Error{Kind: cluster.ErrInvalid, Doing: "applying x"}, &cluster.Error{Kind: cluster.ErrInvalid, Doing: "applying y"}})
	want := "applying x: the cluster refuses the object\napplying y: the cluster refuses the object\nnothing was written"
	if err == nil || err.Error() != want || errors.As(err, &refused) {
		t.Errorf("%v, want %q", err, want)
	}
}

func TestCovers(t *testing.T) {
	w := schedule(t, "UTC")
	all := map[string]wanted{"CronWorkflow/agent-a": w}
	step := deploy.Step{Action: deploy.Create, Kind: "CronWorkflow", Name: "agent-a", After: w.hash}
	for name, test := range map[string]struct {
		steps []deploy.Step
		stale bool
	}{
		"the same":                  {[]deploy.Step{step}, false},
		"with a removal":            {[]deploy.Step{step, {Action: deploy.Delete, Kind: "CronWorkflow", Name: "b"}}, false},
		"another text":              {[]deploy.Step{{Action: deploy.Create, Kind: "CronWorkflow", Name: "agent-a", After: "x"}}, true},
		"one more":                  {nil, true},
		"one less":                  {[]deploy.Step{step, {Action: deploy.Change, Kind: "CronWorkflow", Name: "b"}}, true},
		"a removal of a wanted one": {[]deploy.Step{{Action: deploy.Delete, Kind: "CronWorkflow", Name: "agent-a"}}, true},
	} {
		if err := (deploy.Plan{Steps: test.steps}).Covers(hashes(all), deploy.Step.ID); errors.Is(err, deploy.ErrStale) != test.stale {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWantAll(t *testing.T) {
	make := func(kind string) kube.Object {
		object, err := kube.New(map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": "a"}}, "", diag.Position{})
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	if _, err := wantAll([]kube.Object{make("ClusterWorkflowTemplate")}); err == nil {
		t.Error("a kind that is not deployed is")
	}
	if _, err := wantAll([]kube.Object{make("CronWorkflow"), make("CronWorkflow")}); err == nil {
		t.Error("one object twice")
	}
}
