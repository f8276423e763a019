package builder

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/moby/buildkit/client"
	// The ways to reach a daemon that is not behind a socket of this machine.
	_ "github.com/moby/buildkit/client/connhelper/dockercontainer"
	_ "github.com/moby/buildkit/client/connhelper/kubepod"
	_ "github.com/moby/buildkit/client/connhelper/nerdctlcontainer"
	_ "github.com/moby/buildkit/client/connhelper/podmancontainer"
	_ "github.com/moby/buildkit/client/connhelper/ssh"
)

// connect reaches the daemon at an address that somebody gave.
func connect(ctx context.Context, address, source string, tls TLS) (*Builder, error) {
	if err := checkAddress(address); err != nil {
		return nil, fmt.Errorf("reading the builder's address %q (%s): %w", address, source, err)
	}
	b, err := open(ctx, address, tls.options(address)...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the builder %q (%s): %w", address, source, hint(address, err))
	}
	b.what = fmt.Sprintf("at %s (%s)", address, source)
	return b, nil
}

// open makes a client and proves that a daemon with a worker answers.
func open(ctx context.Context, address string, options ...client.ClientOpt) (*Builder, error) {
	c, err := client.New(ctx, address, options...)
	if err != nil {
		return nil, err
	}
	late := fmt.Errorf("no answer within %v", answerTime)
	asked, cancel := context.WithTimeoutCause(ctx, answerTime, late)
	defer cancel()
	info, err := c.Info(asked)
	if err == nil {
		err = hasWorker(asked, c)
	}
	if err != nil {
		_ = c.Close() // the first error is the one to tell
		if asked.Err() != nil {
			err = context.Cause(asked)
		}
		return nil, err
	}
	return &Builder{client: c, version: info.BuildkitVersion.Version}, nil
}

// hasWorker is an error where the daemon has nothing that builds.
func hasWorker(ctx context.Context, c *client.Client) error {
	workers, err := c.ListWorkers(ctx)
	if err == nil && len(workers) == 0 {
		err = errors.New("it has no worker")
	}
	return err
}

// checkAddress refuses what the client would read as something else.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	switch u.Scheme {
	case "unix", "tcp", "npipe", "ssh", "docker-container", "kube-pod", "podman-container", "nerdctl-container":
		return nil
	}
	return errors.New("it must begin with unix://, tcp://, ssh://, docker-container://, kube-pod://, podman-container:// or nerdctl-container://")
}

// options are the client's, for addresses that TLS applies to.
func (t TLS) options(address string) []client.ClientOpt {
	if t == (TLS{}) || !strings.HasPrefix(address, "tcp://") {
		return nil
	}
	all := []client.ClientOpt{client.WithServerConfig(t.ServerName, t.CA)}
	if t.Cert != "" || t.Key != "" {
		all = append(all, client.WithCredentials(t.Cert, t.Key))
	}
	return all
}

// hint adds to the error of a unix socket what is wrong with the socket.
func hint(address string, err error) error {
	path, isUnix := strings.CutPrefix(address, "unix://")
	if !isUnix {
		return fmt.Errorf("%w; is a BuildKit daemon running there?", err)
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
