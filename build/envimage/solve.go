package envimage

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/docker/cli/cli/config/types"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/auth/authprovider"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"golang.org/x/sync/errgroup"
)

// push has the daemon make an image and push it to the repository, without a
// tag, and returns its digest. run is what asks for its parts, beside the daemon.
func (o Options) push(ctx context.Context, c *client.Client, repository string, in Inputs, run gateway.BuildFunc) (string, error) {
	response, err := o.solve(ctx, c, client.SolveOpt{
		Exports: []client.ExportEntry{exportTo(repository, in.normal().Compression)},
	}, run)
	if err != nil {
		return "", err
	}
	digest := response.ExporterResponse[exptypes.ExporterImageDigestKey]
	if digest == "" {
		return "", errors.New("building an image: the builder pushed it but named no digest")
	}
	return digest, nil
}

// solve has the daemon do what run asks for, shows it, and explains its error by
// what was seen.
func (o Options) solve(ctx context.Context, c *client.Client, what client.SolveOpt, run gateway.BuildFunc) (*client.SolveResponse, error) {
	attached, err := o.attachments()
	if err != nil {
		return nil, err
	}
	what.Session = attached
	return o.follow(ctx, func(ctx context.Context, statuses chan *client.SolveStatus) (*client.SolveResponse, error) {
		return c.Build(ctx, what, "gantline", run, statuses)
	})
}

// attachments are what the daemon may ask this process for.
func (o Options) attachments() ([]session.Attachable, error) {
	secrets, err := o.Host.files()
	if err != nil {
		return nil, err
	}
	auth := authprovider.NewDockerAuthProvider(authprovider.DockerAuthProviderConfig{
		AuthConfigProvider: func(ctx context.Context, host string, _ []string, _ authprovider.ExpireCachedAuthCheck) (types.AuthConfig, error) {
			if o.Credentials == nil {
				return types.AuthConfig{}, nil
			}
			found, err := o.Credentials(ctx, host)
			return types.AuthConfig{
				Username:      found.Username,
				Password:      found.Password,
				IdentityToken: found.IdentityToken,
				RegistryToken: found.RegistryToken,
			}, err
		},
	})
	return []session.Attachable{secretsprovider.FromMap(secrets), auth}, nil
}

// buildFunc runs a build and reports on the channel, which it closes.
type buildFunc func(ctx context.Context, statuses chan *client.SolveStatus) (*client.SolveResponse, error)

// follow runs a build, shows it, and explains its error by what was seen.
func (o Options) follow(ctx context.Context, build buildFunc) (*client.SolveResponse, error) {
	raw, shown := make(chan *client.SolveStatus), make(chan *client.SolveStatus)
	seen := newWatcher(o.Host)
	var display errgroup.Group
	display.Go(func() error { seen.watch(raw, shown); return nil })
	display.Go(func() error {
		// Not the build's context: the display reads to the end, or the build would block.
		err := o.show(context.WithoutCancel(ctx), shown)
		for range shown {
		}
		return err
	})
	response, err := build(ctx, raw)
	shownErr := display.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("building the environment: %w", context.Cause(ctx))
	case err != nil:
		return nil, seen.explain(err)
	case shownErr != nil:
		return nil, fmt.Errorf("showing the build's progress: %w", shownErr)
	}
	return response, nil
}

func (o Options) show(ctx context.Context, statuses chan *client.SolveStatus) error {
	if o.Progress == nil {
		return nil
	}
	return o.Progress(ctx, statuses)
}

// script is the quoted command in BuildKit's messages: all of a step's script.
var script = regexp.MustCompile(`process "(?s:.*)" did not complete successfully`)

// shortCause is the error without the step's script.
func shortCause(err error) error {
	var exit *gatewaypb.ExitError
	if errors.As(err, &exit) && exit.ExitCode < gatewaypb.UnknownExitStatus {
		return fmt.Errorf("exit status %d", exit.ExitCode)
	}
	return &briefError{err}
}

// briefError is an error whose text is free of scripts.
type briefError struct{ error }

func (e *briefError) Error() string {
	text := strings.TrimPrefix(e.error.Error(), "failed to solve: ")
	return script.ReplaceAllString(text, "the command failed")
}
func (e *briefError) Unwrap() error { return e.error }
