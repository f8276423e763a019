package kubecluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/kube"
)

// Apply carries a plan out under the project's lock. Where it stops half-way
// the error is a *deploy.PartialError, and the inventory claims both what was
// and what will be, so that the next deploy goes on.
func (t *Target) Apply(ctx context.Context, plan deploy.Plan, objects []kube.Object) (deploy.Result, error) {
	result := deploy.Result{Plan: plan}
	all, err := wantAll(objects)
	if err != nil {
		return result, err
	}
	if err := plan.Covers(hashes(all), deploy.Step.ID); err != nil {
		return result, err
	}
	if !plan.Changes() {
		return result, nil
	}
	work, lock, err := t.lockProject(ctx, plan.Project)
	if err != nil {
		return result, err
	}
	defer lock.release()
	before, err := t.load(work, plan.Project)
	if err != nil {
		return result, err
	}
	if before.version != plan.Base {
		return result, fmt.Errorf("the inventory of %s: %w", plan.Destination, deploy.ErrStale)
	}
	claimed, err := t.save(work, before, before.claim(plan))
	if err != nil {
		return result, err
	}
	result.Written = true
	a := &applier{target: t, plan: plan, total: len(plan.Only(deploy.Create, deploy.Change, deploy.Delete)), all: all, entries: before.entries(), applied: map[string]Entry{}, done: map[string]bool{}}
	err = a.run(work)
	if err == nil {
		_, err = t.save(work, claimed, claimed.settle(a.entriesNow(), t.deployed(plan, t.Now())))
	}
	if err != nil {
		return result, a.partial(work, err)
	}
	return result, nil
}

// hashes is that of each object by its Kind/name.
func hashes(all map[string]wanted) map[string]string {
	out := make(map[string]string, len(all))
	for id, w := range all {
		out[id] = w.hash
	}
	return out
}

// applier is one apply under way.
type applier struct {
	target  *Target
	plan    deploy.Plan
	total   int // how many steps write
	all     map[string]wanted
	entries map[string]Entry

	mu sync.Mutex
	// applied is what the inventory will say, done which steps are.
	applied map[string]Entry
	done    map[string]bool
}

// run writes templates, then schedules, and removes schedules, then templates.
func (a *applier) run(ctx context.Context) error {
	order := kinds()
	for _, kind := range order {
		if err := a.each(ctx, kind, a.plan.Only(deploy.Create, deploy.Change), a.write); err != nil {
			return err
		}
	}
	slices.Reverse(order)
	for _, kind := range order {
		if err := a.each(ctx, kind, a.plan.Only(deploy.Delete), a.remove); err != nil {
			return err
		}
	}
	return nil
}

// each does the steps of one kind, several at a time, and starts no more after
// the first that fails.
func (a *applier) each(ctx context.Context, kind kindOf, steps []deploy.Step, do func(context.Context, deploy.Step) error) error {
	group, stop := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for _, step := range steps {
		if step.Kind != kind.name {
			continue
		}
		group.Go(func() error {
			if stop.Err() != nil {
				return nil
			}
			// What was begun is finished: ctx, not stop.
			if err := do(ctx, step); err != nil {
				return err
			}
			a.finished(step)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func (a *applier) finished(step deploy.Step) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done[step.ID()] = true
	a.target.progress(len(a.done), a.total, "objects written")
}

func (a *applier) write(ctx context.Context, step deploy.Step) error {
	w := a.all[step.ID()]
	after, err := a.target.write(ctx, a.plan.Project, w, step, a.entries[step.ID()])
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.applied[step.ID()] = Entry{Kind: step.Kind, Name: step.Name, UID: string(after.GetUID()), Hash: w.hash, Spec: w.spec}
	return nil
}

// remove deletes an object, unless it is another one by now. Its runs stay:
// they would go with their schedule otherwise.
func (a *applier) remove(ctx context.Context, step deploy.Step) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	resource, err := resourceOf(step.Kind)
	if err != nil {
		return err
	}
	orphan, uid := metav1.DeletePropagationOrphan, types.UID(step.Live.UID)
	err = a.target.Cluster.In(resource).Delete(ctx, step.Name, metav1.DeleteOptions{
		PropagationPolicy: &orphan, Preconditions: &metav1.Preconditions{UID: &uid},
	})
	err = a.target.Cluster.Explain("removing "+step.ID(), err)
	if errors.Is(err, cluster.ErrNotFound) || errors.Is(err, cluster.ErrConflict) {
		return nil // it is gone, or is somebody else's now
	}
	if err != nil {
		return err
	}
	return a.target.gone(ctx, step)
}

// goneTime is how long a deploy waits for an object to be gone, and gonePoll
// how often it looks: the cluster's garbage collector lets go of its runs first.
const (
	goneTime = 10 * time.Second
	gonePoll = 50 * time.Millisecond
)

// gone waits until a removed object is no longer there. One that takes longer
// is removed all the same.
func (t *Target) gone(ctx context.Context, step deploy.Step) error {
	deadline := time.Now().Add(goneTime)
	for time.Now().Before(deadline) {
		l, err := t.get(ctx, step.Kind, step.Name)
		switch {
		case errors.Is(err, cluster.ErrNotFound):
			return nil
		case err != nil:
			return err
		case string(l.GetUID()) != step.Live.UID:
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(gonePoll):
		}
	}
	return nil
}

// entriesNow is the inventory's objects once all steps are done.
func (a *applier) entriesNow() []Entry {
	var out []Entry
	for _, step := range a.plan.Steps {
		switch entry, written := a.applied[step.ID()]; {
		case written:
			out = append(out, entry)
		case step.Action == deploy.Unchanged:
			w := a.all[step.ID()]
			out = append(out, Entry{Kind: step.Kind, Name: step.Name, UID: step.Live.UID, Hash: w.hash, Spec: w.spec})
		}
	}
	return out
}

// partial says how far the deploy came.
func (a *applier) partial(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(cause, errLockLost) {
		err = cause
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	out := &deploy.PartialError{Destination: a.plan.Destination, Err: err}
	for _, step := range a.plan.Only(deploy.Create, deploy.Change, deploy.Delete) {
		if a.done[step.ID()] {
			out.Written = append(out.Written, step)
		} else {
			out.Left = append(out.Left, step)
		}
	}
	return out
}
