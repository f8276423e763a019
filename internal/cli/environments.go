package cli

import (
	"context"
	"errors"
	"os"

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
	result, err := envimage.Build(ctx, e.found.Client(), in, repository, options)
	return result, e.explain(ctx, err)
}

// finish runs a command that needs the code.
func (e *environments) finish(ctx context.Context, f envimage.Finish, repository string) (envimage.Result, error) {
	options, err := e.options(ctx, "running the commands of finish with %s", repository)
	if err != nil {
		return envimage.Result{}, err
	}
	result, err := envimage.RunFinish(ctx, e.found.Client(), f, repository, options)
	return result, e.explain(ctx, err)
}

// probe looks into a base.
func (e *environments) probe(ctx context.Context, in envimage.Inputs) (envimage.Facts, error) {
	options, err := e.options(ctx, "looking into the base with %s", in.Base)
	if err != nil {
		return envimage.Facts{}, err
	}
	facts, err := envimage.Probe(ctx, e.found.Client(), in, options)
	return facts, e.explain(ctx, err)
}

// wheel makes a wheel of a source distribution.
func (e *environments) wheel(ctx context.Context, sdist envimage.SDist, dir string) (string, error) {
	options, err := e.options(ctx, "building wheels with %s", sdist.Base)
	if err != nil {
		return "", err
	}
	path, err := envimage.Wheel(ctx, e.found.Client(), sdist, dir, options)
	return path, e.explain(ctx, err)
}

// explain is the error of a build. A daemon that went away is looked for anew
// by what builds next.
func (e *environments) explain(ctx context.Context, err error) error {
	explained := e.found.Explain(ctx, err)
	var lost *builder.LostError
	if errors.As(explained, &lost) {
		e.close()
		e.found = nil
	}
	return explained
}

// options finds the builder where that has not been done, and says how it
// works. The reference is one that it must be able to reach.
func (e *environments) options(ctx context.Context, found, ref string) (envimage.Options, error) {
	if e.found == nil {
		where, err := e.app.builderOptions(e.address, ref)
		if err != nil {
			return envimage.Options{}, err
		}
		builder, err := builder.Find(ctx, where)
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
