package builder

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/moby/buildkit/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	// The ways to reach a daemon that is not behind a socket of this machine.
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer"
	_ "github.com/moby/buildkit/client/connhelper/kubepod"
	_ "github.com/moby/buildkit/client/connhelper/nerdctlcontainer"
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer"
	_ "github.com/moby/buildkit/client/connhelper/ssh"
)

// connect reaches the daemon at an address that somebody gave.
func connect(ctx context.Context, address, source string, t TLS) (*Builder, error) {
	if err := checkAddress(address, t); err != nil {
		return nil, fmt.Errorf("reading the builder's address %q (%s): %w", address, source, err)
	}
	b, err := open(ctx, address, tlsOptions(address, t)...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the builder %q (%s): %w", address, source, hint(address, t, err))
	}
	b.what = fmt.Sprintf("at %s (%s)", address, source)
	b.mend = "Start it again, and run the command again: what it had built is still there"
	return b, nil
}

// tlsOptions are the client's for the address, which was checked.
func tlsOptions(address string, t TLS) []client.ClientOpt {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "tcp" || t == (TLS{}) {
		return nil
	}
	return t.options(u.Hostname())
}

// open makes a client and proves that a daemon that serves answers.
func open(ctx context.Context, address string, options ...client.ClientOpt) (*Builder, error) {
	c, err := client.New(ctx, address, options...)
	if err != nil {
		return nil, err
	}
	version, err := prove(ctx, c)
	if err != nil {
		_ = c.Close() // the first error is the one to tell
		return nil, err
	}
	return &Builder{client: c, version: version, alive: answers}, nil
}

// prove asks the daemon for its version and its workers.
func prove(ctx context.Context, c *client.Client) (version string, err error) {
	ctx, cancel := within(ctx, answerTime)
	defer cancel()
	info, err := c.Info(ctx)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if status.Code(err) == codes.Unimplemented {
		return "", tooOld("it is a BuildKit before v0.11, which does not say its version")
	}
	if err != nil {
		return "", err
	}
	version = info.BuildkitVersion.Version
	if err := checkVersion(version); err != nil {
		return "", err
	}
	workers, err := c.ListWorkers(ctx)
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == nil && len(workers) == 0:
		return "", errors.New("it has no worker, so it builds nothing: its log says why, mostly that runc is missing")
	}
	return version, err
}

// within bounds a question.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("no answer within %v", d))
}

// answers asks whether the daemon is there.
func answers(ctx context.Context, c *client.Client) error {
	_, err := c.Info(ctx)
	return err
}

// hint adds to an error what to look at.
func hint(address string, t TLS, err error) error {
	path, isUnix := strings.CutPrefix(address, "unix://")
	if !isUnix {
		return remoteHint(address, t, err)
	}
	info, statErr := os.Stat(path)
	switch {
	case errors.Is(statErr, os.ErrNotExist):
		return fmt.Errorf("there is no socket: start buildkitd, or leave the address out")
	case errors.Is(statErr, os.ErrPermission):
		return fmt.Errorf("this user may not use the socket: %w", statErr)
	case statErr == nil && info.Mode()&os.ModeSocket == 0:
		return fmt.Errorf("it is not a socket")
	}
	return fmt.Errorf("%w; the daemon that made the socket may be gone: start it again, or leave the address out", err)
}

// remoteHint is about daemons that are not behind a socket of this machine.
func remoteHint(address string, t TLS, err error) error {
	scheme, _, _ := strings.Cut(address, "://")
	switch {
	case scheme == "tcp" && t != (TLS{}):
		return fmt.Errorf("%w; is a BuildKit daemon running there, and are its certificate and yours of authorities that the other trusts?", err)
	case scheme == "tcp":
		return fmt.Errorf("%w; is a BuildKit daemon running there, and one without TLS?", err)
	case scheme == "docker-container":
		return fmt.Errorf("%w; it is reached by `docker exec`: is the container running, and does `docker ps` work here?", err)
	}
	return fmt.Errorf("%w; is a BuildKit daemon running there?", err)
}
