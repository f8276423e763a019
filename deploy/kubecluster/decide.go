package kubecluster

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/cluster"
)

// attempts is how often a step is planned anew where the object changes
// meanwhile: Argo's controller writes to a schedule whenever it starts a run.
const attempts = 4

// decide is what becomes of one wanted object, given what is there and what
// the inventory says of it. A refusal says that it must not be written.
func (t *Target) decide(ctx context.Context, project string, w wanted, l live, entry Entry, known bool) (deploy.Step, error) {
	step := deploy.Step{Action: deploy.Create, Kind: w.Kind, Name: w.Name, Before: entry.Hash, After: w.hash}
	if !l.exists() {
		_, err := t.send(ctx, w, sending{dryRun: true})
		step.Says = describe(live{}, live{&unstructured.Unstructured{Object: w.tree}})
		return step, err
	}
	if err := foreign(l, project, known, entry); err != nil {
		return step, err
	}
	if l.GetDeletionTimestamp() != nil {
		return step, refusal{w.ID.String() + " is being deleted", "deploy again when it is gone"}
	}
	step.Action = deploy.Change
	step.Live = &deploy.Live{
		UID: string(l.GetUID()), ResourceVersion: l.GetResourceVersion(),
		Adopted: !known || entry.UID != "" && entry.UID != string(l.GetUID()),
	}
	step.Live.Suspend = kept(w, l)
	if value, _ := l.suspend(); value && !w.suspends() {
		step.Live.Suspended, step.Live.SuspendedBy = true, l.suspendedBy()
	}
	if asApplied(w, l, entry) && !step.Live.Adopted {
		step.Action = deploy.Unchanged
		return step, nil
	}
	after, err := t.trial(ctx, w, l, entry, step.Live)
	if err != nil {
		return step, err
	}
	step.Says = describe(l, after)
	if step.Live.Adopted {
		step.Says = append([]string{"taken over: it has the project's label, and is not in the inventory"}, step.Says...)
	} else if same(l, after) {
		step.Action, step.Says = deploy.Unchanged, nil
	}
	return step, nil
}

// asApplied says, without a request, that the live object is what was applied
// last and is wanted now.
func asApplied(w wanted, l live, entry Entry) bool {
	if entry.Hash != w.hash || entry.UID != string(l.GetUID()) {
		return false
	}
	if l.atomicSpec() {
		spec, err := specHash(l.Object)
		return err == nil && spec == w.spec && holds(l.Object["metadata"], w.tree["metadata"])
	}
	return holds(l.Object, w.tree)
}

// trial applies in a dry run, and says in how what the real apply takes.
func (t *Target) trial(ctx context.Context, w wanted, l live, entry Entry, how *deploy.Live) (live, error) {
	after, err := t.send(ctx, w, sending{dryRun: true, suspend: how.Suspend})
	conflicts := conflictsOf(err)
	if len(conflicts) == 0 {
		return after, err
	}
	hand, err := byHand(conflicts, w, l, entry)
	if err != nil {
		return live{}, err
	}
	if len(hand) > 0 && !t.Force {
		return live{}, t.edited(w, l, how.Adopted, hand)
	}
	how.Force = true
	for _, c := range hand {
		how.Taken = append(how.Taken, c.String())
	}
	return t.send(ctx, w, sending{dryRun: true, force: true, suspend: how.Suspend})
}

// kept is the suspension that is sent along, so that it is not lost: with an
// atomic spec all of it is replaced. Otherwise it is its owner's, and stays.
func kept(w wanted, l live) *bool {
	value, set := l.suspend()
	if !set || w.suspends() || !l.atomicSpec() {
		return nil
	}
	return &value
}

// suspends says whether the commit itself has a say in it.
func (w wanted) suspends() bool {
	_, set := live{&unstructured.Unstructured{Object: w.tree}}.suspend()
	return set
}

// same says whether nothing that a deploy writes differs. The rest changes by
// itself: status, versions, who owns what.
func same(a, b live) bool {
	return reflect.DeepEqual(a.Object["spec"], b.Object["spec"]) &&
		reflect.DeepEqual(a.GetLabels(), b.GetLabels()) && reflect.DeepEqual(a.GetAnnotations(), b.GetAnnotations())
}

// sending is how an object is applied.
type sending struct {
	dryRun, force bool
	// version that the object must have; empty for any.
	version string
	suspend *bool
}

// send applies an object and gives what the cluster has then.
func (t *Target) send(ctx context.Context, w wanted, how sending) (live, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	resource, err := resourceOf(w.Kind)
	if err != nil {
		return live{}, err
	}
	body, err := w.patch(t.Cluster.Namespace, how.version, how.suspend)
	if err != nil {
		return live{}, err
	}
	options := metav1.PatchOptions{FieldManager: Manager, Force: &how.force}
	if how.dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	object, err := t.Cluster.In(resource).Patch(ctx, w.Name, types.ApplyPatchType, body, options)
	return live{object}, t.Cluster.Explain("applying "+w.ID.String(), err)
}

// write applies an object for good, as its step was planned. Where it changed
// since, the step is planned anew, with the same scruples.
func (t *Target) write(ctx context.Context, project string, w wanted, step deploy.Step, entry Entry) (live, error) {
	for attempt := 1; ; attempt++ {
		after, err := t.send(ctx, w, planned(step))
		if !errors.Is(err, cluster.ErrConflict) || attempt == attempts {
			return after, err
		}
		l, err := t.get(ctx, w.Kind, w.Name)
		if errors.Is(err, cluster.ErrNotFound) {
			l, err = live{}, nil
		}
		if err != nil {
			return live{}, err
		}
		if step, err = t.decide(ctx, project, w, l, entry, true); err != nil {
			return live{}, fmt.Errorf("%s changed since it was planned: %w", w.ID, err)
		}
	}
}

// planned is how a step is carried out. A forced one must find the object as it
// was planned with: it would overwrite what was done since.
func planned(step deploy.Step) sending {
	if step.Live == nil {
		return sending{}
	}
	how := sending{force: step.Live.Force, suspend: step.Live.Suspend}
	if how.force {
		how.version = step.Live.ResourceVersion
	}
	return how
}
