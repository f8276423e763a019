package envimage

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/client"
	"github.com/opencontainers/go-digest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The end of a failing step's log is in the error, without the host's secrets.
func TestWatcherExplains(t *testing.T) {
	w := newWatcher(Host{
		Env:    map[string]string{"PIP_INDEX_URL": "https://me:pa%20ss@example.com/ http://other:word@example.com"},
		Logins: []Login{{"example.com", "me", "secret"}},
	})
	from, to := make(chan *client.SolveStatus), make(chan *client.SolveStatus, 10)
	go func() {
		defer close(from)
		from <- &client.SolveStatus{
			Vertexes: []*client.Vertex{{Digest: "sha256:a", Name: "apt"}, {Digest: "sha256:b", Name: "pip"}},
			Logs: []*client.VertexLog{
				{Vertex: "sha256:a", Data: []byte("fine\n")},
				{Vertex: "sha256:b", Data: []byte("from https://me:pa%20ss@example.com, secret, word\n")},
			},
		}
		from <- &client.SolveStatus{
			Vertexes: []*client.Vertex{{Digest: "sha256:b", Name: "pip", Error: `process "/bin/sh -c all
of it \"quoted\"" did not complete successfully: exit code: 1`}},
			Logs: []*client.VertexLog{{Vertex: "sha256:b", Data: []byte("no such package\n")}},
		}
	}()
	w.watch(from, to)
	var shown []string
	for status := range to {
		for _, v := range status.Vertexes {
			shown = append(shown, v.Error)
		}
	}
	if diff := cmp.Diff([]string{"", "", "the command failed: exit code: 1"}, shown); diff != "" {
		t.Errorf("shown errors (-want +got):\n%s", diff)
	}
	err := w.explain(errors.New(`failed to solve: process "/bin/sh -c x" did not complete successfully: exit code: 1`))
	want := "building the environment, pip: the command failed: exit code: 1\n" +
		"\tfrom https://****@example.com, ****, ****\n\tno such package"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestWatcherPrefersTheCauseToItsEffects(t *testing.T) {
	w := newWatcher(Host{})
	from, to := make(chan *client.SolveStatus, 1), make(chan *client.SolveStatus, 1)
	from <- &client.SolveStatus{Vertexes: []*client.Vertex{
		{Digest: "sha256:a", Name: "cancelled", Error: "context canceled"},
		{Digest: "sha256:b", Name: "broken", Error: "no space left"},
	}}
	close(from)
	w.watch(from, to)
	if w.failed != digest.Digest("sha256:b") {
		t.Errorf("the failed step is %q, want the broken one", w.names[w.failed])
	}
}

func TestLastLines(t *testing.T) {
	long := strings.Repeat("line\n", 100)
	for _, test := range []struct{ log, want string }{
		{"", ""},
		{"one", "one"},
		{"one\ntwo\n", "one\ntwo\n"},
		{long, strings.Repeat("line\n", logLines)},
		{long + "end", strings.Repeat("line\n", logLines-1) + "end"},
	} {
		if got := string(lastLines([]byte(test.log))); got != test.want {
			t.Errorf("lastLines of %d bytes has %d bytes, want %d", len(test.log), len(got), len(test.want))
		}
	}
}

// TestLostDaemon holds the error of a daemon that was killed to words.
func TestLostDaemon(t *testing.T) {
	w := &watcher{}
	err := w.explain(status.Error(codes.Unavailable, "error reading from server: EOF"))
	if !strings.Contains(err.Error(), "went away") || !strings.Contains(err.Error(), "run it again") {
		t.Errorf("error %q", err)
	}
}
