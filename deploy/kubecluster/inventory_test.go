package kubecluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/deploy"
)

func entry(kind, name, uid, hash string) Entry {
	return Entry{Kind: kind, Name: name, UID: uid, Hash: hash, Spec: hash}
}

func TestInventoryText(t *testing.T) {
	inventory := newInventory("agent")
	inventory.Objects = []Entry{entry("CronWorkflow", "a", "u1", "h1"), entry("WorkflowTemplate", "a", "u2", "h2")}
	inventory.Deploys = []deploy.Deployed{{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Commit: "abc", Subject: "<Train> \"longer\"\nand more"}}
	text, err := inventory.text()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(text, "\n"); got != 6 {
		t.Errorf("%d lines, want one an object and one a deploy:\n%s", got, text)
	}
	back, err := parseInventory("agent", text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(inventory, back); diff != "" {
		t.Errorf("another inventory is read back:\n%s", diff)
	}
	empty, err := newInventory("agent").text()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseInventory("agent", empty); err != nil {
		t.Errorf("an empty one: %v\n%s", err, empty)
	}
}

func TestInventoryRefusesOthers(t *testing.T) {
	for text, want := range map[string]string{
		"{":                                 "not an inventory",
		"[]":                                "not an inventory",
		`{"apiVersion":"gantline.dev/v2"}`:  "a newer gantline",
		`{"project":"other"}`:               `of project "other"`,
		`{"kind":"DeployPlan"}`:             "another program",
		`{"objects":[{"kind":1}]}`:          "not an inventory",
		`{"project":"agent","objects":[1]}`: "not an inventory",
	} {
		if _, err := parseInventory("agent", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	if _, err := parseInventory("agent", ""); err != nil {
		t.Errorf("one that was prepared empty: %v", err)
	}
}

// TestInventoryDamaged: who has one that cannot be read is told the way out.
func TestInventoryDamaged(t *testing.T) {
	const way = `kubectl patch configmap gantline-agent --type merge -p '{"data":null}'`
	for _, text := range []string{"{bad", `{"apiVersion":"gantline.dev/v2"}`, `{"project":"other"}`} {
		if _, err := parseInventory("agent", text); err == nil || !strings.Contains(err.Error(), way) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzInventory: no text panics, and what was read is written and read back.
func FuzzInventory(f *testing.F) {
	f.Add(`{"state":"deploying","objects":[{"kind":"CronWorkflow","name":"a"}],"deploys":[{"subject":"s"}]}`)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		inventory, err := parseInventory("agent", text)
		if err != nil {
			return
		}
		out, err := inventory.text()
		if err != nil {
			return // a year that JSON can't hold
		}
		if _, err := parseInventory("agent", out); err != nil {
			t.Errorf("what was written is not read: %v\n%s", err, out)
		}
	})
}

// TestClaim: before anything is written the inventory has all that was and
// will be, and knows the content only of what stays.
func TestClaim(t *testing.T) {
	inventory := newInventory("agent")
	inventory.Objects = []Entry{
		entry("CronWorkflow", "changed", "u1", "h1"), entry("CronWorkflow", "gone", "u2", "h2"),
		entry("CronWorkflow", "stays", "u3", "h3"), entry("CronWorkflow", "vanished", "u4", "h4"),
	}
	plan := deploy.Plan{Steps: []deploy.Step{
		{Action: deploy.Change, Kind: "CronWorkflow", Name: "changed", Live: &deploy.Live{UID: "made anew"}},
		{Action: deploy.Delete, Kind: "CronWorkflow", Name: "gone", Live: &deploy.Live{UID: "u2"}},
		{Action: deploy.Create, Kind: "CronWorkflow", Name: "new"},
		{Action: deploy.Unchanged, Kind: "CronWorkflow", Name: "stays", Live: &deploy.Live{UID: "u3"}},
	}}
	claimed := inventory.claim(plan)
	want := []Entry{
		entry("CronWorkflow", "changed", "made anew", ""), entry("CronWorkflow", "gone", "u2", ""), entry("CronWorkflow", "new", "", ""),
		entry("CronWorkflow", "stays", "u3", "h3"), entry("CronWorkflow", "vanished", "u4", "h4"),
	}
	if diff := cmp.Diff(want, claimed.Objects); diff != "" || claimed.State != Deploying {
		t.Errorf("state %q, %s", claimed.State, diff)
	}
	if inventory.State != Settled || inventory.Objects[0].Hash != "h1" {
		t.Error("the inventory that was read has changed")
	}
}

func TestSettleForgetsOldDeploys(t *testing.T) {
	inventory := newInventory("agent")
	for i := range keptDeploys + 5 {
		inventory = inventory.settle([]Entry{entry("CronWorkflow", "a", "u", "h")}, deploy.Deployed{Commit: fmt.Sprint(i)})
	}
	if len(inventory.Deploys) != keptDeploys || inventory.Deploys[0].Commit != fmt.Sprint(keptDeploys+4) {
		t.Errorf("%d deploys, the first %q", len(inventory.Deploys), inventory.Deploys[0].Commit)
	}
	if inventory.State != Settled || len(inventory.Objects) != 1 {
		t.Errorf("state %q, %d objects", inventory.State, len(inventory.Objects))
	}
}
