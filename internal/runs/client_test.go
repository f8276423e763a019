package runs

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/cluster"
)

// cut ends a connection without an answer. client-go repeats what only reads
// for ten seconds by itself then.
func cut(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }

// away answers as a load balancer does that has lost its API server.
func away(w http.ResponseWriter, _ *http.Request) bool {
	refuse(w, 503, "ServiceUnavailable")
	return true
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	t.Run("the answer is lost", func(t *testing.T) {
		t.Parallel()
		a, client := newAPI(t)
		lost := false
		a.setFault(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || lost {
				return false
			}
			lost = true
			// It is created, and nobody hears of it.
			a.put("agent-x", map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
				"metadata": map[string]any{"name": "agent-x", "annotations": map[string]any{AnnotationSubmission: "s1"}}})
			return cut(w, r)
		})
		run, err := client.Submit(t.Context(), object(t, "agent-x", "s1"))
		if err != nil || run.Name != "agent-x" || run.State != Pending {
			t.Errorf("%+v, %v", run, err)
		}
		if n := a.asked("POST"); n != 2 {
			t.Errorf("%d submissions", n)
		}
	})
	t.Run("the name is another's", func(t *testing.T) {
		t.Parallel()
		a, client := newAPI(t)
		if _, err := client.Submit(t.Context(), object(t, "agent-x", "s1")); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Submit(t.Context(), object(t, "agent-x", "s2")); !errors.Is(err, ErrNameTaken) {
			t.Errorf("error is %v", err)
		}
		if n := a.asked("POST"); n != 2 {
			t.Errorf("%d submissions", n)
		}
	})
	t.Run("a right is missing", func(t *testing.T) {
		t.Parallel()
		a, client := newAPI(t)
		a.setFault(func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, 403, "Forbidden"); return true })
		_, err := client.Submit(t.Context(), object(t, "agent-x", "s1"))
		if !errors.Is(err, cluster.ErrForbidden) || Unanswered(err) || a.asked("POST") != 1 {
			t.Errorf("after %d requests the error is %v", a.asked("POST"), err)
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		t.Parallel()
		a, client := newAPI(t)
		a.setFault(away)
		_, err := client.Submit(t.Context(), object(t, "agent-x", "s1"))
		if !Unanswered(err) || a.asked("POST") < attempts {
			t.Errorf("after %d requests the error is %v", a.asked("POST"), err)
		}
	})
	t.Run("asked only", func(t *testing.T) {
		t.Parallel()
		a, client := newAPI(t)
		if err := client.Try(t.Context(), object(t, "agent-x", "s1")); err != nil || len(a.objects) > 0 {
			t.Errorf("%v, %d objects", err, len(a.objects))
		}
	})
}

// followed is what a viewer was told.
type followed struct {
	states      []State
	lost, found int
}

func (f *followed) viewer(changed func(Run)) Viewer {
	return Viewer{
		Changed: func(run Run) {
			if !slices.Contains(f.states, run.State) {
				f.states = append(f.states, run.State)
			}
			changed(run)
		},
		Lost:  func(error) { f.lost++ },
		Found: func() { f.found++ },
	}
}

// TestFollow follows a run that goes on at each change that is seen, so that
// nothing depends on time.
func TestFollow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// fault is set once the run is seen to run, with what moves it on.
		fault       func(a *api, on func()) func(http.ResponseWriter, *http.Request) bool
		lost, found int
	}{
		{name: "nothing happens", fault: func(_ *api, on func()) func(http.ResponseWriter, *http.Request) bool { on(); return nil }},
		{name: "watching is forbidden", fault: func(_ *api, on func()) func(http.ResponseWriter, *http.Request) bool {
			on()
			return func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("watch") != "" {
					refuse(w, 403, "Forbidden")
					return true
				}
				return false
			}
		}},
		{name: "the version is too old", fault: func(_ *api, on func()) func(http.ResponseWriter, *http.Request) bool {
			once := false
			return func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Query().Get("watch") == "" || once {
					return false
				}
				once = true
				on()
				refuse(w, 410, "Expired")
				return true
			}
		}},
		{name: "the server is away for a while", lost: 1, found: 1, fault: func(_ *api, on func()) func(http.ResponseWriter, *http.Request) bool {
			left := 6
			return func(w http.ResponseWriter, r *http.Request) bool {
				if left--; left > 0 {
					return away(w, r)
				}
				if left == 0 {
					on()
				}
				return false
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, client := newAPI(t)
			if _, err := client.Submit(t.Context(), object(t, "agent-x", "s1")); err != nil {
				t.Fatal(err)
			}
			a.phase("agent-x", "Running")
			told, began := &followed{}, false
			run, err := client.Follow(t.Context(), "agent-x", told.viewer(func(run Run) {
				if run.State == Running && !began {
					began = true
					a.setFault(test.fault(a, func() { go a.phase("agent-x", "Succeeded") }))
					a.server.CloseClientConnections()
				}
			}))
			if err != nil || run.State != Succeeded {
				t.Errorf("%+v, %v", run, err)
			}
			if !slices.Equal(told.states, []State{Running, Succeeded}) || told.lost != test.lost || told.found != test.found {
				t.Errorf("told %+v", told)
			}
		})
	}
}

func TestFollowEndsWithWhatIsKnown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault func(http.ResponseWriter, *http.Request) bool
		kind  error
		want  string
	}{
		{"the server stays away", away, cluster.ErrUnavailable, "which was running and goes on without us"},
		{"the token has expired", func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, 401, "Unauthorized"); return true }, cluster.ErrUnauthorized, "missing or have expired"},
		{"the run is deleted", func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, 404, "NotFound"); return true }, cluster.ErrNotFound, "somebody deleted it; it was running"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, client := newAPI(t)
			if _, err := client.Submit(t.Context(), object(t, "agent-x", "s1")); err != nil {
				t.Fatal(err)
			}
			a.phase("agent-x", "Running")
			told := &followed{}
			run, err := client.Follow(t.Context(), "agent-x", told.viewer(func(Run) {
				a.setFault(test.fault)
				a.server.CloseClientConnections()
			}))
			var lost *LostError
			if !errors.As(err, &lost) || !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) || run.State != Running {
				t.Errorf("%+v, %v", run, err)
			}
		})
	}
}

func TestFollowInterrupted(t *testing.T) {
	t.Parallel()
	a, client := newAPI(t)
	if _, err := client.Submit(t.Context(), object(t, "agent-x", "s1")); err != nil {
		t.Fatal(err)
	}
	a.phase("agent-x", "Running")
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	told := &followed{}
	run, err := client.Follow(ctx, "agent-x", told.viewer(func(Run) { stop() }))
	if !errors.Is(err, context.Canceled) || run.State != Running {
		t.Errorf("%+v, %v", run, err)
	}
}

func TestGetAndStop(t *testing.T) {
	t.Parallel()
	a, client := newAPI(t)
	if _, err := client.Submit(t.Context(), object(t, "agent-nightly-abcde", "s1")); err != nil {
		t.Fatal(err)
	}
	_, err := client.Get(t.Context(), "agent-nightly-abcd")
	var unknown *UnknownRunError
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), `did you mean "agent-nightly-abcde"?`) {
		t.Errorf("error is %v", err)
	}
	for _, name := range []string{"", "a/b", "..", "A"} {
		before := a.asked("")
		if _, err := client.Get(t.Context(), name); !errors.As(err, &unknown) || a.asked("") != before {
			t.Errorf("%q: after %d requests the error is %v", name, a.asked("")-before, err)
		}
	}
	if err := client.Stop(t.Context(), "agent-nightly-abcde", Stop); err != nil {
		t.Fatal(err)
	}
	a.phase("agent-nightly-abcde", "Failed")
	run, err := client.Get(t.Context(), "agent-nightly-abcde")
	if err != nil || run.State != Stopped {
		t.Errorf("%+v, %v", run, err)
	}
}
