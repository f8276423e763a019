package deploy

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func yes() *bool { v := true; return &v }

// sample is a plan for a cluster with one of everything.
func sample() Plan {
	plan := NewPlan(Source{Project: "agent", Commit: strings.Repeat("c", 40), Subject: "Train longer"},
		Destination{Target: "prod", Cluster: "prod", Namespace: "ml"})
	plan.Base, plan.Deployed = "1234", strings.Repeat("b", 40)
	plan.Steps = []Step{
		{Action: Change, Kind: "CronWorkflow", Name: "agent-a", Before: "1", After: "2", Says: []string{"runs at 0 3 * * * (UTC), before at 0 2 * * * (UTC)"},
			Live: &Live{UID: "u1", ResourceVersion: "7", Suspended: true, SuspendedBy: "kubectl-patch", Suspend: yes(), Force: true, Taken: []string{".spec.timezone (kubectl-edit)"}}},
		{Action: Delete, Kind: "CronWorkflow", Name: "agent-old", Before: "3", Live: &Live{UID: "u2", Running: []string{"agent-old-1"}}},
		{Action: Create, Kind: "WorkflowTemplate", Name: "agent-new", After: "4", Says: []string{"2 steps: fetch, train"}},
		{Action: Unchanged, Kind: "WorkflowTemplate", Name: "agent-a", Before: "5", After: "5", Live: &Live{UID: "u3"}},
	}
	plan.Notes = []string{"CronWorkflow/agent-x is of another: left alone"}
	return plan
}

// TestPlanJSON: a plan is data, and what scripts read of it stays.
func TestPlanJSON(t *testing.T) {
	text, err := json.MarshalIndent(sample(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	const golden = "testdata/plan.json"
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)); diff != "" {
		t.Error(diff)
	}
	var back Plan
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample(), back); diff != "" {
		t.Errorf("another plan is read back:\n%s", diff)
	}
}

func TestPlanInWords(t *testing.T) {
	plan := sample()
	if got, want := plan.Summary(), "1 created, 1 changed, 1 removed, 1 unchanged"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	want := []string{
		"kept suspended: CronWorkflow/agent-a, set by kubectl-patch",
		"overwritten: CronWorkflow/agent-a .spec.timezone (kubectl-edit)",
		"goes on: run agent-old-1 of CronWorkflow/agent-old",
		"note: CronWorkflow/agent-x is of another: left alone",
	}
	if diff := cmp.Diff(want, plan.Remarks()); diff != "" {
		t.Error(diff)
	}
	for want, destination := range map[string]Destination{
		"namespace ml of prod":         {Cluster: "prod", Namespace: "ml"},
		"branch rendered":              {Branch: "rendered"},
		"branch rendered of somewhere": {Branch: "rendered", Remote: "somewhere"},
	} {
		if got := destination.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestChanges(t *testing.T) {
	plan := Plan{Steps: []Step{{Action: Unchanged}}}
	if plan.Changes() {
		t.Error("a plan of unchanged objects changes something")
	}
	if plan.Unfinished = true; !plan.Changes() {
		t.Error("a deploy that was killed is not brought to its end")
	}
}

// flows is a plan that removes some flows of a template and a schedule each,
// and keeps others.
func flows(gone, kept, created int) Plan {
	plan := Plan{Source: Source{Commit: strings.Repeat("c", 40)}, Destination: Destination{Target: "prod", Cluster: "k", Namespace: "ml"}}
	add := func(action Action, prefix string, n int) {
		for i := range n {
			for _, kind := range []string{"CronWorkflow", "WorkflowTemplate"} {
				name := prefix + string(rune('a'+i))
				plan.Steps = append(plan.Steps, Step{Action: action, Kind: kind, Name: name, Live: &Live{UID: "u" + name}})
			}
		}
	}
	add(Delete, "gone-", gone)
	add(Unchanged, "kept-", kept)
	add(Create, "new-", created)
	return plan
}

func TestCheckDeletions(t *testing.T) {
	for _, test := range []struct {
		name                string
		gone, kept, created int
		share               float64
		refused             string
	}{
		{"none", 0, 3, 0, 0.2, ""},
		{"nothing at all", 0, 0, 0, 0.2, ""},
		{"one of two may always go", 1, 1, 0, 0, ""},
		{"two of ten are a fifth", 2, 8, 0, 0.2, ""},
		{"two of nine are more", 2, 7, 0, 0.2, "this removes 2 of 9 flows from namespace ml of k: CronWorkflow/gone-a"},
		{"new ones don't count", 2, 7, 20, 0.2, "removes 2 of 9 flows"},
		{"everything", 1, 0, 0, 1, "commit cccccccccccc has no flow, and namespace ml of k has 2 objects"},
		{"the only one is another now", 1, 0, 1, 0.2, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := flows(test.gone, test.kept, test.created)
			err := CheckDeletions(plan, test.share, "")
			var refused *RefusedError
			if errors.As(err, &refused) != (test.refused != "") || test.refused != "" && !strings.Contains(err.Error(), test.refused) {
				t.Fatalf("%v, want %q", err, test.refused)
			}
			if err == nil {
				return
			}
			hash := plan.Deletions().Hash
			if !strings.Contains(err.Error(), "--confirm-deletions "+hash) {
				t.Errorf("the hash %s is not told: %v", hash, err)
			}
			if err := CheckDeletions(plan, test.share, hash); err != nil {
				t.Errorf("confirmed, it is refused: %v", err)
			}
			plan.Steps[0].Live.UID = "another object of that name"
			if CheckDeletions(plan, test.share, hash) == nil {
				t.Error("the hash confirms other deletions")
			}
		})
	}
}

func TestPartialError(t *testing.T) {
	plan := flows(0, 4, 0)
	err := &PartialError{Written: plan.Steps[:2], Left: plan.Steps[2:], Destination: plan.Destination, Err: errors.New("gone")}
	want := `deploying to namespace ml of k stopped half-way, with 2 of 8 objects written: gone
  written: CronWorkflow/kept-a, WorkflowTemplate/kept-a
  not written: CronWorkflow/kept-b, WorkflowTemplate/kept-b, CronWorkflow/kept-c, WorkflowTemplate/kept-c, CronWorkflow/kept-d, and 1 more
  deploy again: it goes on where this one stopped`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}
