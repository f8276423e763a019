package envimage

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/util/progress/progressui"
	"github.com/opencontainers/go-digest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Progress shows a build as it goes. It must read the channel until it is
// closed, also after the context is done.
type Progress func(ctx context.Context, statuses chan *client.SolveStatus) error

// ShowOn is BuildKit's display on a writer. The mode is "plain" (lines), "tty"
// (w must be a terminal's file), "auto", "quiet" or "rawjson".
func ShowOn(w io.Writer, mode string) (Progress, error) {
	display, err := progressui.NewDisplay(w, progressui.DisplayMode(mode))
	if err != nil {
		return nil, fmt.Errorf("showing progress as %q: %w", mode, err)
	}
	return func(ctx context.Context, statuses chan *client.SolveStatus) error {
		_, err := display.UpdateFrom(ctx, statuses)
		return err
	}, nil
}

// logLines is how many of a step's last lines an error shows.
const logLines = 30

// watcher passes statuses on, without the host's secrets, and keeps what an
// error will have to say.
type watcher struct {
	hidden []string
	names  map[digest.Digest]string
	logs   map[digest.Digest][]byte
	failed digest.Digest
	cause  string
}

func newWatcher(host Host) *watcher {
	return &watcher{hidden: host.secrets(), names: map[digest.Digest]string{}, logs: map[digest.Digest][]byte{}}
}

// watch reads statuses until they end. It alone writes to w until it returns.
func (w *watcher) watch(from, to chan *client.SolveStatus) {
	defer close(to)
	for status := range from {
		for _, vertex := range status.Vertexes {
			w.names[vertex.Digest] = vertex.Name
			vertex.Error = script.ReplaceAllString(vertex.Error, "the command failed")
			if vertex.Error != "" && (w.failed == "" || w.cause == "context canceled") {
				w.failed, w.cause = vertex.Digest, vertex.Error
			}
		}
		for _, log := range status.Logs {
			log.Data = w.hide(log.Data)
			w.logs[log.Vertex] = lastLines(append(w.logs[log.Vertex], log.Data...))
		}
		to <- status
	}
}

// hide replaces secrets in a piece of a log.
func (w *watcher) hide(data []byte) []byte {
	for _, secret := range w.hidden {
		data = bytes.ReplaceAll(data, []byte(secret), []byte("****"))
	}
	return data
}

// lastLines keeps the end of a log.
func lastLines(log []byte) []byte {
	for start, n := len(log), 0; start > 0; start-- {
		if log[start-1] == '\n' && start < len(log) {
			if n++; n == logLines {
				return log[start:]
			}
		}
	}
	return log
}

// StepError is a step that failed.
type StepError struct {
	// Of is what is built; empty means "the environment".
	Of string
	// Step is what the step does: "Python packages: requirements.lock".
	Step string
	// Log is the end of what it wrote.
	Log string
	// Err is BuildKit's reason.
	Err error
}

// Error is the step, its reason and the end of its log.
func (e *StepError) Error() string {
	text := fmt.Sprintf("building %s, %s: %v", cmp.Or(e.Of, "the environment"), e.Step, e.Err)
	if e.Log != "" {
		text += "\n\t" + strings.ReplaceAll(e.Log, "\n", "\n\t")
	}
	return text
}

// Unwrap is BuildKit's reason.
func (e *StepError) Unwrap() error { return e.Err }

// explain says which step an error is of.
func (w *watcher) explain(err error) error {
	switch {
	case w.failed == "" && status.Code(err) == codes.Unavailable:
		return fmt.Errorf("building the environment: the BuildKit daemon went away while it worked (%w); run it again", err)
	case w.failed == "":
		return fmt.Errorf("building the environment: %w", err)
	}
	return &StepError{
		Step: w.names[w.failed],
		Log:  strings.TrimRight(string(w.logs[w.failed]), "\n"),
		Err:  shortCause(err),
	}
}
