package envimage

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
)

// Credential is what a registry host wants; the zero Credential is anonymous.
type Credential struct {
	Username, Password string
	// IdentityToken is exchanged for access (OAuth2); RegistryToken is sent as it is.
	IdentityToken, RegistryToken string
}

// Options say how to build; they don't change what is built.
type Options struct {
	// Host is what this machine hands to the steps.
	Host Host
	// Credentials finds the credential for a registry host, to pull the base
	// and to push the image. Nil is anonymous.
	Credentials func(ctx context.Context, host string) (Credential, error)
	// Progress shows the build; nil shows nothing.
	Progress Progress
}

// Result is the image as it lies in the registry.
type Result struct {
	// Repository is the one given to Build.
	Repository string
	// Digest is of the image's manifest: "sha256:…".
	Digest string
	// Steps are what the layers above the base's are, lowest first.
	Steps []StepKind
}

// Build has the BuildKit daemon make the image and push it to the repository
// ("host:port/name"), without a tag. It asks nothing about an image that may be
// there already: that is for the caller, who saves all of this then. A step
// that fails is a *StepError.
func Build(ctx context.Context, c *client.Client, in Inputs, repository string, o Options) (Result, error) {
	if err := in.Validate(); err != nil {
		return Result{}, err
	}
	if err := checkPlatformOf(ctx, c, in); err != nil {
		return Result{}, err
	}
	o.Host.Logins = slices.Concat(o.Host.Logins, in.Logins)
	result := Result{Repository: repository}
	for _, s := range steps(in.normal()) {
		result.Steps = append(result.Steps, s.kind)
	}
	var err error
	result.Digest, err = o.push(ctx, c, repository, in, in.environment)
	return result, err
}

// environment runs beside the daemon: it reads the base's configuration and asks
// for the build on top of it.
func (in Inputs) environment(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
	base, state, err := in.onBase(ctx, c)
	if err != nil {
		return nil, err
	}
	config, err := imageConfig(in.normal(), base)
	if err != nil {
		return nil, err
	}
	result, err := in.evaluate(ctx, c, state)
	if err != nil {
		return nil, err
	}
	result.AddMeta(exptypes.ExporterImageConfigKey, config)
	return result, nil
}

// onBase is the base's configuration, and the steps on the base.
func (in Inputs) onBase(ctx context.Context, c gateway.Client) ([]byte, llb.State, error) {
	config, err := in.baseConfig(ctx, c)
	if err != nil {
		return nil, llb.State{}, err
	}
	state, err := Graph(in, config)
	return config, state, err
}

// evaluate has the daemon make a state.
func (in Inputs) evaluate(ctx context.Context, c gateway.Client, state llb.State) (*gateway.Result, error) {
	platform, err := platforms.Parse(in.Platform)
	if err != nil {
		return nil, err
	}
	definition, err := state.Marshal(ctx, llb.Platform(platform))
	if err != nil {
		return nil, fmt.Errorf("writing the build's instructions: %w", err)
	}
	return c.Solve(ctx, gateway.SolveRequest{Definition: definition.ToPB(), Evaluate: true})
}

// baseConfig reads the base's configuration, and nothing else of it.
func (in Inputs) baseConfig(ctx context.Context, c gateway.Client) ([]byte, error) {
	platform, err := platforms.Parse(in.Platform)
	if err != nil {
		return nil, err
	}
	_, _, config, err := c.ResolveImageConfig(ctx, in.Base, sourceresolver.Opt{
		LogName:  "configuration of base " + in.Base,
		ImageOpt: &sourceresolver.ResolveImageOpt{Platform: &platform},
	})
	if err != nil {
		return nil, fmt.Errorf("reading the configuration of base %q: %w", in.Base, err)
	}
	return config, nil
}

// exportTo has the daemon push the image, and keep no copy of it by name.
func exportTo(name, compression string) client.ExportEntry {
	attrs := map[string]string{
		string(exptypes.OptKeyName):             name,
		string(exptypes.OptKeyPush):             "true",
		string(exptypes.OptKeyPushByDigest):     "true",
		string(exptypes.OptKeyOCITypes):         "true",
		string(exptypes.OptKeyLayerCompression): compression,
		string(exptypes.OptKeySourceDateEpoch):  strconv.Itoa(epoch),
		string(exptypes.OptKeyStore):            "false",
		string(exptypes.OptKeyUnpack):           "false",
		string(exptypes.OptKeyRewriteTimestamp): "false", // steps date their files themselves
	}
	if isLoopback(name) {
		attrs[string(exptypes.OptKeyInsecure)] = "true"
	}
	return client.ExportEntry{Type: client.ExporterImage, Attrs: attrs}
}

// isLoopback says whether a name's registry is on this machine, where plain
// HTTP is what it speaks.
func isLoopback(name string) bool {
	host, _, _ := strings.Cut(name, "/")
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkPlatformOf refuses a platform whose programs the builder cannot run.
func checkPlatformOf(ctx context.Context, c *client.Client, in Inputs) error {
	want, err := platforms.Parse(in.Platform)
	if err != nil {
		return fmt.Errorf("reading platform %q: %w", in.Platform, err)
	}
	workers, err := c.ListWorkers(ctx)
	if err != nil {
		return fmt.Errorf("asking the builder what it can build: %w", err)
	}
	var has []string
	for _, worker := range workers {
		for _, p := range worker.Platforms {
			if platforms.Only(p).Match(want) {
				return nil
			}
			has = append(has, platforms.Format(p))
		}
	}
	return fmt.Errorf("building for %s: the builder runs %s only; install qemu-user-static on its machine, or name a builder of that platform",
		in.Platform, strings.Join(has, ", "))
}
