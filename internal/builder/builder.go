// Package builder finds a BuildKit daemon to build with, or runs the project's
// own.
//
// Find looks, in this order, at the address that the user gave, at
// BUILDKIT_HOST, at the BuildKit inside a Docker engine, and at last at the
// project's own buildkitd, which it starts where it is not running. An address
// that was given is used or is an error; what is only there to be found is
// passed over, with a reason, where it does not serve. Describe says which one
// it is and why.
//
// The own daemon is two processes. The one that Serve runs (the hidden verb of
// the command line) is the daemon in the sense of package daemon: one for a
// data directory, detached, leaving when idle. It writes buildkitd's
// configuration, keeps buildkitd as its child, and passes connections on to it,
// which is how it knows that somebody builds.
package builder

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
)

// Options say where to look. The zero Options find nothing.
type Options struct {
	// Address is the daemon that the user asked for, such as
	// "unix:///run/buildkit/buildkitd.sock" or "tcp://host:1234"; "" if none.
	Address string
	// BuildkitHost is the value of BUILDKIT_HOST.
	BuildkitHost string
	// TLS is for addresses that begin with tcp://. Without it only those of this
	// machine are taken.
	TLS TLS
	// Docker is an engine whose BuildKit serves where it can.
	Docker Docker
	// Registry is the host:port that images are pushed to. A builder that
	// cannot reach it is passed over.
	Registry string
	// Own is the project's own daemon; nil means that it may not be used.
	Own *Own
}

// Builder is a daemon that answers.
type Builder struct {
	client *client.Client
	// what says where the daemon is and why it was chosen.
	what    string
	version string
	// passed are the daemons that were looked at before, with why they don't serve.
	passed []string
	// alive asks whether this very daemon is still there, and mend is what to do
	// where it isn't.
	alive func(ctx context.Context, c *client.Client) error
	mend  string
}

// Client is the connection to the daemon, open until Close.
func (b *Builder) Client() *client.Client { return b.client }

// Close ends the connection. The daemon stays.
func (b *Builder) Close() error { return b.client.Close() }

// Describe is one line on which daemon was chosen and which were passed over.
func (b *Builder) Describe() string {
	text := fmt.Sprintf("BuildKit %s, %s", b.version, b.what)
	if len(b.passed) > 0 {
		text += " (" + strings.Join(b.passed, "; ") + ")"
	}
	return text
}

// answerTime is how long a daemon may take to answer a first question.
const answerTime = 10 * time.Second

// Find is the first daemon that serves. The error of a daemon that was asked
// for by address is final; where nothing is left, the error says what was
// looked at and what to do.
func Find(ctx context.Context, o Options) (*Builder, error) {
	if o.Address != "" {
		return connect(ctx, o.Address, "--builder", o.TLS)
	}
	if o.BuildkitHost != "" {
		return connect(ctx, o.BuildkitHost, "BUILDKIT_HOST", o.TLS)
	}
	var passed []string
	if o.Docker.Host != "" {
		found, why := fromDocker(ctx, o.Docker, o.Registry)
		if found != nil {
			return found, nil
		}
		if why != "" {
			passed = append(passed, why)
		}
	}
	if o.Own == nil {
		return nil, fmt.Errorf("finding a builder: %s; name one with --builder or BUILDKIT_HOST",
			strings.Join(append(passed, "no BuildKit daemon is known"), "; "))
	}
	found, err := fromOwn(ctx, *o.Own)
	if err != nil {
		return nil, err
	}
	found.passed = passed
	return found, nil
}
