package deploy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gantline.dev/gantline/internal/kube"
)

// Target is one place that objects are deployed to.
type Target interface {
	// Plan compares the objects that the source wants with what is there. It
	// changes nothing.
	Plan(ctx context.Context, source Source, objects []kube.Object) (Plan, error)
	// Apply carries a plan out with the objects that it was made of. A plan
	// without changes writes nothing at all. Killed at any moment, Apply leaves
	// what the next plan brings to its end. The result is there for a failed
	// one too.
	Apply(ctx context.Context, plan Plan, objects []kube.Object) (Result, error)
	// History is what was deployed of a project, newest first; at most limit
	// entries where limit is not 0.
	History(ctx context.Context, project string, limit int) ([]Deployed, error)
}

// Result is what Apply did.
type Result struct {
	Plan Plan `json:"plan"`
	// Written says that anything was.
	Written bool `json:"written"`
	// Commit is the new commit of the branch; empty where nothing changed, and
	// for a cluster.
	Commit string `json:"commit,omitempty"`
	// Pushed says that the remote has it.
	Pushed bool `json:"pushed,omitempty"`
}

// Deployed is one deploy as the target's history has it.
type Deployed struct {
	// Revision is the commit of the rendered branch; empty for a cluster.
	Revision string    `json:"revision,omitempty"`
	Time     time.Time `json:"time"`
	Project  string    `json:"project"`
	Target   string    `json:"target"`
	// Commit is the source commit.
	Commit string `json:"commit"`
	// Subject is the branch commit's first line, or the source commit's.
	Subject string `json:"subject"`
	// Summary is what the deploy did.
	Summary string `json:"summary"`
	// By is who deployed to a cluster: a CI job, or a user, host and process.
	By string `json:"by,omitempty"`
	// Tool is the version of gantline that did; for clusters alone.
	Tool string `json:"tool,omitempty"`
}

// ErrStale says that the target has changed since the plan was made.
var ErrStale = errors.New("the target has changed since the plan was made; plan again")

// PartialError says that a deploy stopped half-way, and where.
type PartialError struct {
	// Written are the objects that were written or removed, Left those that
	// were not.
	Written, Left []Step
	// Where the deploy goes.
	Destination Destination
	Err         error
}

// Error is what was done, what was not, why, and what to do.
func (e *PartialError) Error() string {
	total := len(e.Written) + len(e.Left)
	text := fmt.Sprintf("deploying to %s stopped half-way, with %d of %d objects written: %v", e.Destination, len(e.Written), total, e.Err)
	if len(e.Written) > 0 {
		text += "\n  written: " + few(e.Written)
	}
	if len(e.Left) > 0 {
		text += "\n  not written: " + few(e.Left)
	}
	return text + "\n  deploy again: it goes on where this one stopped"
}

func (e *PartialError) Unwrap() error { return e.Err }

// few names the first of some steps and counts the rest.
func few(steps []Step) string {
	const most = 5
	var names []string
	for _, step := range steps[:min(most, len(steps))] {
		names = append(names, step.ID())
	}
	if more := len(steps) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
