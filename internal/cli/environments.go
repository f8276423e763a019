package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/registry"
	"gantline.dev/gantline/internal/streams"
)

// environments builds environment images. The builder is looked for when the
// first one is needed: most commits need none.
type environments struct {
	app     *app
	printer *streams.Printer
	address string
	login   func(ctx context.Context, host string) (registry.Credential, error)
	found   *builder.Builder
}

func (e *environments) build(ctx context.Context, in envimage.Inputs, repository string) (envimage.Result, error) {
	options, err := e.options(ctx, "building the environment with %s", repository)
	if err != nil {
		return envimage.Result{}, err
	}
	return envimage.Build(ctx, e.found.Client(), in, repository, options)
}

// probe looks into a base.
func (e *environments) probe(ctx context.Context, in envimage.Inputs) (envimage.Facts, error) {
	options, err := e.options(ctx, "looking into the base with %s", in.Base)
	if err != nil {
		return envimage.Facts{}, err
	}
	return envimage.Probe(ctx, e.found.Client(), in, options)
}

// wheel makes a wheel of a source distribution.
func (e *environments) wheel(ctx context.Context, sdist envimage.SDist, dir string) (string, error) {
	options, err := e.options(ctx, "building wheels with %s", sdist.Base)
	if err != nil {
		return "", err
	}
	return envimage.Wheel(ctx, e.found.Client(), sdist, dir, options)
}

// options finds the builder where that has not been done, and says how it
// works. The reference is one that it must be able to reach.
func (e *environments) options(ctx context.Context, found, ref string) (envimage.Options, error) {
	if e.found == nil {
		builder, err := builder.Find(ctx, e.app.builderOptions(e.address, ref))
		if err != nil {
			return envimage.Options{}, err
		}
		e.found = builder
		e.printer.Say(found, builder.Describe())
	}
	progress, err := envimage.ShowOn(e.printer.Writer(), "plain")
	return envimage.Options{
		Host:     e.app.hostSettings(),
		Progress: progress,
		Credentials: func(ctx context.Context, host string) (envimage.Credential, error) {
			credential, err := e.login(ctx, host)
			return envimage.Credential(credential), err
		},
	}, err
}

func (e *environments) close() {
	if e.found != nil {
		e.found.Close()
	}
}

// builderOptions say where a BuildKit daemon may be found, in order: the flag,
// BUILDKIT_HOST, a Docker engine's, our own.
func (a *app) builderOptions(address, repository string) builder.Options {
	host, _, _ := strings.Cut(repository, "/")
	options := builder.Options{
		Address:      address,
		BuildkitHost: a.Getenv("BUILDKIT_HOST"),
		DockerSocket: "/var/run/docker.sock",
		Registry:     host,
		Own:          a.ownBuilder(),
	}
	if docker := a.Getenv("DOCKER_HOST"); strings.HasPrefix(docker, "unix://") {
		options.DockerSocket = strings.TrimPrefix(docker, "unix://")
	}
	return options
}

// ownBuilder is the buildkitd that stands beside gantline.
func (a *app) ownBuilder() *builder.Own {
	self, err := executable()
	if err != nil {
		return nil
	}
	dir := a.builderDir()
	own := &builder.Own{Dir: dir, Buildkitd: a.Getenv("GANTLINE_BUILDKITD"), Command: []string{self, "builder", "--dir", dir}}
	if own.Buildkitd == "" {
		own.Buildkitd = filepath.Join(filepath.Dir(self), "buildkitd")
	}
	own.Command = append(own.Command, "--buildkitd", own.Buildkitd)
	return own
}

// caBundles are where distributions keep the certificate authorities that the
// machine trusts.
var caBundles = []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}

// buildVariables reach the steps of an environment while they run.
var buildVariables = []string{
	"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES",
	"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
}

// hostSettings is what only this machine knows: its certificate authorities,
// mirrors and proxies. Steps see them while they run; no layer holds them.
func (a *app) hostSettings() envimage.Host {
	host := envimage.Host{Env: map[string]string{}}
	bundles := caBundles
	if file := a.Getenv("SSL_CERT_FILE"); file != "" {
		bundles = []string{file}
	}
	for _, file := range bundles {
		if content, err := os.ReadFile(file); err == nil {
			host.CABundle = content
			break
		}
	}
	for _, name := range buildVariables {
		if value := a.Getenv(name); value != "" {
			host.Env[name] = value
		}
	}
	if file := a.Getenv("GANTLINE_APT_SOURCES"); file != "" {
		if content, err := os.ReadFile(file); err == nil {
			host.AptSources = content
		}
	}
	return host
}
