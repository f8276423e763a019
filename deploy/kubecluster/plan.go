package kubecluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/kube"
)

// Plan reads the inventory, lists what the namespace has, and asks for a dry
// run of each object that is not as it was applied last: three requests where
// nothing changes. An object that must not be written refuses the whole plan,
// one that the cluster does not take fails it; all of them are named.
func (t *Target) Plan(ctx context.Context, source deploy.Source, objects []kube.Object) (deploy.Plan, error) {
	wanted, err := wantAll(objects)
	if err != nil {
		return deploy.Plan{}, err
	}
	inventory, err := t.load(ctx, source.Project)
	if err != nil {
		return deploy.Plan{}, err
	}
	there, err := t.list(ctx)
	if err != nil {
		return deploy.Plan{}, err
	}
	plan := deploy.NewPlan(source, t.destination())
	plan.Base, plan.Unfinished = inventory.version, inventory.State == Deploying
	if len(inventory.Deploys) > 0 {
		plan.Deployed = inventory.Deploys[0].Commit
	}
	steps, err := t.decideAll(ctx, source.Project, wanted, there, inventory.entries())
	if err != nil {
		return deploy.Plan{}, err
	}
	removals, notes := removed(source.Project, wanted, there, inventory.entries())
	if err := t.nameRuns(ctx, source.Project, there, removals); err != nil {
		return deploy.Plan{}, err
	}
	plan.Steps, plan.Notes = append(steps, removals...), notes
	slices.SortFunc(plan.Steps, func(a, b deploy.Step) int { return strings.Compare(a.ID(), b.ID()) })
	return plan, nil
}

// wantAll is the objects by Kind/name.
func wantAll(objects []kube.Object) (map[string]wanted, error) {
	out := make(map[string]wanted, len(objects))
	for _, object := range objects {
		w, err := want(object)
		if err != nil {
			return nil, err
		}
		id := object.ID.String()
		if _, twice := out[id]; twice {
			return nil, fmt.Errorf("%s is declared twice", id)
		}
		out[id] = w
	}
	return out, nil
}

// decideAll decides on each wanted object, several at a time. It goes through
// all of them, unless an error is not of the object but of the cluster.
func (t *Target) decideAll(ctx context.Context, project string, all map[string]wanted, there map[string]live, entries map[string]Entry) ([]deploy.Step, error) {
	var mu sync.Mutex
	var steps []deploy.Step
	var failed []error
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for id, w := range all {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			entry, known := entries[id]
			step, err := t.decide(ctx, project, w, there[id], entry, known)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				steps = append(steps, step)
			case !ofObject(err):
				return err
			default:
				failed = append(failed, err)
			}
			t.progress(len(steps)+len(failed), len(all), "objects planned")
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		var known *cluster.Error
		if errors.As(err, &known) {
			err = fmt.Errorf("%w\nnothing was written", err)
		}
		return nil, err
	}
	return steps, together(failed)
}

func (t *Target) progress(done, total int, what string) {
	if t.Progress != nil {
		t.Progress(done, total, what)
	}
}

// ofObject says whether an error is about one object, so that others may have
// errors of their own.
func ofObject(err error) bool {
	var no refusal
	return errors.As(err, &no) || errors.Is(err, cluster.ErrInvalid)
}

// together is the errors of several objects as one: those that the cluster
// does not take, or all refusals.
func together(failed []error) error {
	slices.SortFunc(failed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	refused := &deploy.RefusedError{}
	var invalid []error
	for _, err := range failed {
		var no refusal
		if !errors.As(err, &no) {
			invalid = append(invalid, err)
			continue
		}
		refused.Reasons = append(refused.Reasons, no.reason)
		if !slices.Contains(refused.Hints, no.hint) {
			refused.Hints = append(refused.Hints, no.hint)
		}
	}
	switch {
	case len(invalid) > 0:
		return fmt.Errorf("%w\nnothing was written", errors.Join(invalid...))
	case len(refused.Reasons) > 0:
		return refused
	}
	return nil
}

// removed is what the inventory claims and the commit no longer has. What lost
// the project's label, or was made anew by somebody else, is left alone; so is
// what has the label and was never claimed.
func removed(project string, all map[string]wanted, there map[string]live, entries map[string]Entry) (steps []deploy.Step, notes []string) {
	for id, l := range there {
		if _, keep := all[id]; keep || l.GetDeletionTimestamp() != nil {
			continue
		}
		entry, claimed := entries[id]
		label := l.project() == project
		switch {
		case claimed && !label:
			notes = append(notes, fmt.Sprintf("%s is not of this commit, and lost its label %s=%s: left alone", id, labelProject, project))
		case claimed && entry.UID != "" && entry.UID != string(l.GetUID()):
			notes = append(notes, id+" is not of this commit, and was made anew by somebody else: left alone")
		case claimed:
			steps = append(steps, deploy.Step{
				Action: deploy.Delete, Kind: entry.Kind, Name: entry.Name, Before: entry.Hash,
				Live: &deploy.Live{UID: string(l.GetUID()), ResourceVersion: l.GetResourceVersion()},
			})
		case label:
			notes = append(notes, fmt.Sprintf("%s has the label of project %s, and no deploy from here made it: left alone", id, project))
		}
	}
	slices.Sort(notes)
	return steps, notes
}

// nameRuns says of each schedule that is removed which of its runs are under
// way: they go on.
func (t *Target) nameRuns(ctx context.Context, project string, there map[string]live, removals []deploy.Step) error {
	byFlow := map[string]*deploy.Step{}
	for i, step := range removals {
		flow := there[step.ID()].GetLabels()[labelFlow]
		if _, taken := byFlow[flow]; flow != "" && (!taken || step.Kind == "CronWorkflow") {
			byFlow[flow] = &removals[i]
		}
	}
	if len(byFlow) == 0 {
		return nil
	}
	selector := labelProject + "=" + project + "," + labelCompleted + "!=true"
	return t.each(ctx, cluster.Workflows, selector, func(run *unstructured.Unstructured) {
		if step := byFlow[run.GetLabels()[labelFlow]]; step != nil {
			step.Live.Running = append(step.Live.Running, run.GetName())
		}
	})
}
