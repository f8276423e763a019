package kubecluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gantline.dev/gantline/internal/cluster"
)

// leaseTime is how long the lock of a killed deploy holds up the next; a living
// one renews it every third of that. pollTime is how often who waits looks.
const (
	leaseTime = 15 * time.Second
	renewTime = leaseTime / 3
	pollTime  = time.Second
)

// errLockLost ends the work of a deploy that could not renew its lock.
var errLockLost = errors.New("the lock could not be renewed in time, and another deploy may have it")

// lock is the Lease that this process holds.
type lock struct {
	target *Target
	name   string
	holder string
	lease  *unstructured.Unstructured
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// lockProject takes the project's lock and keeps it until release. The context
// that it returns ends where the lock is lost.
//
// Whether a holder is alive is seen by its renewing, and not by comparing its
// clock with this one: a lease that nobody renews for its whole time while this
// process looks has expired.
func (t *Target) lockProject(ctx context.Context, project string) (context.Context, *lock, error) {
	l := &lock{target: t, name: objectName(project), holder: t.By + " " + rand.Text()[:8], done: make(chan struct{})}
	if err := l.acquire(ctx); err != nil {
		return nil, nil, err
	}
	work, cancel := context.WithCancelCause(ctx)
	l.cancel = cancel
	go l.keep(work)
	return work, l, nil
}

func (l *lock) acquire(ctx context.Context) error {
	var seen string
	var since time.Time
	told := ""
	for {
		lease, err := l.read(ctx)
		if err != nil {
			return err
		}
		holder := leaseText(lease, "holderIdentity")
		if renewed := holder + leaseText(lease, "renewTime"); renewed != seen {
			seen, since = renewed, time.Now()
		}
		if holder == "" || time.Since(since) > leaseTime {
			// An interrupt waits for the answer, so that the lock is not left
			// behind; what began with it ends by itself.
			taken, err := l.write(context.WithoutCancel(ctx), lease, l.holder)
			if err == nil {
				l.lease = taken
				return nil
			}
			if !errors.Is(err, cluster.ErrConflict) {
				l.letGo() // it may have got through
				return err
			}
			continue // another one was faster
		}
		if told != holder && l.target.Waiting != nil {
			l.target.Waiting(holderName(holder))
			told = holder
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(pollTime, leaseTime-time.Since(since)+time.Millisecond)):
		}
	}
}

// keep renews the lock until the work ends. A lock that was not renewed for
// two thirds of its time ends the work before anyone else may start theirs.
func (l *lock) keep(ctx context.Context) {
	defer close(l.done)
	renewed := time.Now()
	tick := time.NewTicker(renewTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		trial, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTime)
		lease, err := l.write(trial, l.lease, l.holder)
		cancel()
		switch {
		case err == nil:
			l.lease, renewed = lease, time.Now()
		case time.Since(renewed) > 2*renewTime:
			l.cancel(errLockLost)
			return
		case errors.Is(err, cluster.ErrConflict):
			if lease, ours := l.again(ctx); ours {
				l.lease = lease // the next tick renews it
				continue
			}
			l.cancel(errLockLost)
			return
		}
	}
}

// again reads the lock, and says whether this process still holds it: a write
// whose answer was lost may have got through, and the next is a conflict then.
func (l *lock) again(ctx context.Context) (*unstructured.Unstructured, bool) {
	ctx, cancel := context.WithTimeout(ctx, renewTime)
	defer cancel()
	lease, err := l.target.Cluster.In(cluster.Leases).Get(ctx, l.name, metav1.GetOptions{})
	return lease, err == nil && leaseText(lease, "holderIdentity") == l.holder
}

// release gives the lock back. What ends the deploy may have been the caller's
// context, so it is not asked.
func (l *lock) release() {
	l.cancel(nil)
	<-l.done
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	if _, err := l.write(ctx, l.lease, ""); errors.Is(err, cluster.ErrConflict) {
		l.letGo()
	}
}

// letGo gives the lock back where it is not known how it was written last.
// Where that fails it expires by itself.
func (l *lock) letGo() {
	ctx, cancel := context.WithTimeout(context.Background(), renewTime)
	defer cancel()
	if lease, ours := l.again(ctx); ours {
		_, _ = l.write(ctx, lease, "")
	}
}

// read is the Lease, made where there is none.
func (l *lock) read(ctx context.Context) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	t := l.target
	lease, err := t.Cluster.In(cluster.Leases).Get(ctx, l.name, metav1.GetOptions{})
	err = t.Cluster.Explain("reading the lock Lease/"+l.name, err)
	if !errors.Is(err, cluster.ErrNotFound) {
		return lease, err
	}
	lease = &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
		"metadata": map[string]any{"name": l.name, "namespace": t.Cluster.Namespace},
	}}
	made, err := t.Cluster.In(cluster.Leases).Create(ctx, lease, metav1.CreateOptions{FieldManager: Manager})
	if apierrors.IsAlreadyExists(err) { // by another deploy, just now
		made, err = t.Cluster.In(cluster.Leases).Get(ctx, l.name, metav1.GetOptions{})
	}
	return made, t.bootstrapped(t.Cluster.Explain("making the lock Lease/"+l.name, err), true)
}

// write is the Lease with a holder, "" for none, as of now.
func (l *lock) write(ctx context.Context, lease *unstructured.Unstructured, holder string) (*unstructured.Unstructured, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	lease = lease.DeepCopy()
	lease.SetManagedFields(nil)
	spec, _, err := unstructured.NestedMap(lease.Object, "spec")
	if err != nil || spec == nil {
		spec = map[string]any{}
	}
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	if spec["holderIdentity"] != holder {
		spec["acquireTime"] = now
	}
	spec["holderIdentity"], spec["renewTime"], spec["leaseDurationSeconds"] = holder, now, int64(leaseTime/time.Second)
	if holder == "" {
		spec = map[string]any{}
	}
	lease.Object["spec"] = spec
	lease, err = l.target.Cluster.In(cluster.Leases).Update(ctx, lease, metav1.UpdateOptions{FieldManager: Manager})
	return lease, l.target.Cluster.Explain("taking the lock Lease/"+l.name, err)
}

func leaseText(lease *unstructured.Unstructured, field string) string {
	text, _, err := unstructured.NestedString(lease.Object, "spec", field)
	if err != nil {
		return ""
	}
	return text
}

// holderName is a holder without what tells two of one name apart.
func holderName(holder string) string {
	if n := len(holder) - 9; n > 0 {
		return holder[:n]
	}
	return fmt.Sprintf("%q", holder)
}
