package runs

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"

	"gantline.dev/gantline/internal/cluster"
)

// Viewer is told what Follow sees.
type Viewer struct {
	// Changed is called with the run as it stands, at first and after each
	// change.
	Changed func(Run)
	// Lost is called once when the cluster stops giving answers, and Found
	// when it does again.
	Lost  func(error)
	Found func()
}

// LostError says that a run could not be followed to its end.
type LostError struct {
	Run string
	// Known says whether the run was seen at all, State how it stood then.
	Known bool
	State State
	// Gone says that the run was deleted.
	Gone bool
	Err  error
}

// Error says what is known.
func (e *LostError) Error() string {
	switch {
	case e.Gone && e.Known:
		return fmt.Sprintf("following run %q: somebody deleted it; it was %s", e.Run, e.State)
	case e.Known:
		return fmt.Sprintf("following run %q, which was %s and goes on without us: %s", e.Run, e.State, e.Err)
	}
	return fmt.Sprintf("following run %q: %s", e.Run, e.Err)
}

// Unwrap gives the cause.
func (e *LostError) Unwrap() error { return e.Err }

// Follow looks at the run until it ended, and gives it as it ended. A watch
// that breaks off is taken up again; where the cluster gives no answer, it is
// asked again for some minutes. What ends that is a *LostError.
func (c *Client) Follow(ctx context.Context, name string, view Viewer) (Run, error) {
	f := &follower{Client: c, name: name, view: view}
	for {
		object, err := f.look(ctx)
		if err != nil {
			return f.last, err
		}
		done, err := f.show(object)
		if err == nil && !done {
			done, err = f.watch(ctx, object.GetResourceVersion())
		}
		if err != nil || done {
			return f.last, err
		}
	}
}

type follower struct {
	*Client
	name string
	view Viewer
	last Run
	// polls says that watching is not allowed.
	polls bool
}

// look reads the run, for as long as it takes.
func (f *follower) look(ctx context.Context) (*unstructured.Unstructured, error) {
	wait, since := f.pause.again, time.Time{}
	for {
		object, err := f.get(ctx, f.name)
		switch {
		case err == nil:
			if !since.IsZero() {
				f.view.Found()
			}
			return object, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, cluster.ErrNotFound):
			return nil, f.lost(err, true)
		case !Unanswered(err):
			return nil, f.lost(err, false)
		case since.IsZero():
			since = time.Now()
			f.view.Lost(err)
		case time.Since(since) > f.pause.enough:
			return nil, f.lost(err, false)
		}
		if !sleep(ctx, wait) {
			return nil, ctx.Err()
		}
		wait = min(2*wait, f.pause.most)
	}
}

func (f *follower) lost(err error, gone bool) error {
	return &LostError{Run: f.name, Known: f.last.Name != "", State: f.last.State, Gone: gone, Err: err}
}

// show tells the viewer; done says that the run ended.
func (f *follower) show(object *unstructured.Unstructured) (done bool, err error) {
	run, err := fromObject(object)
	if err != nil {
		return false, err
	}
	f.last = run
	f.view.Changed(run)
	return run.State.Ended(), nil
}

// watchSeconds ends a watch, so that one whose connection died in silence is
// taken up again.
const watchSeconds = 240

// watch follows changes until the run ended, or the watch did.
func (f *follower) watch(ctx context.Context, version string) (done bool, err error) {
	if f.polls {
		return false, f.idle(ctx, f.pause.poll)
	}
	seconds := int64(watchSeconds)
	events, err := f.workflows().Watch(ctx, metav1.ListOptions{
		FieldSelector: "metadata.name=" + f.name, ResourceVersion: version, TimeoutSeconds: &seconds,
	})
	switch {
	case apierrors.IsForbidden(err), apierrors.IsMethodNotSupported(err):
		f.polls = true
		return false, nil
	case err != nil: // look says what it is, and for how long
		return false, f.idle(ctx, f.pause.again)
	}
	defer events.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case event, open := <-events.ResultChan():
			object, isObject := event.Object.(*unstructured.Unstructured)
			switch {
			case !open, event.Type == watch.Error, event.Type == watch.Deleted:
				// An expired version among them: look reads it anew.
				return false, f.idle(ctx, f.pause.again/4)
			case !isObject || event.Type == watch.Bookmark:
			default:
				if done, err := f.show(object); done || err != nil {
					return done, err
				}
			}
		}
	}
}

// idle waits; it is an error only where the context ended.
func (f *follower) idle(ctx context.Context, d time.Duration) error {
	if !sleep(ctx, d) {
		return ctx.Err()
	}
	return nil
}
