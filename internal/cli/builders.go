package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/diag"
)

// builderOptions say where a BuildKit daemon may be found, in order: the flag,
// BUILDKIT_HOST, a Docker engine's, our own.
func (a *app) builderOptions(address, repository string) (builder.Options, error) {
	host, _, _ := strings.Cut(repository, "/")
	options := builder.Options{
		Address:      address,
		BuildkitHost: a.Getenv("BUILDKIT_HOST"),
		Registry:     host,
	}
	var err error
	if options.TLS, err = a.builderTLS(); err != nil {
		return options, err
	}
	if options.Docker, err = a.dockerEngine(); err != nil {
		return options, err
	}
	options.Own, err = a.ownBuilder()
	return options, err
}

// builderTLS are the files for a daemon at tcp://, in the terms of buildctl's
// flags: a directory, or single files that go before its.
func (a *app) builderTLS() (builder.TLS, error) {
	var files builder.TLS
	if dir := a.Getenv("BUILDKIT_TLS_DIR"); dir != "" {
		var err error
		if files, err = builder.TLSDir(dir); err != nil {
			return files, fmt.Errorf("BUILDKIT_TLS_DIR: %w", err)
		}
	}
	for name, file := range map[string]*string{
		"BUILDKIT_TLS_CACERT":     &files.CA,
		"BUILDKIT_TLS_CERT":       &files.Cert,
		"BUILDKIT_TLS_KEY":        &files.Key,
		"BUILDKIT_TLS_SERVERNAME": &files.ServerName,
	} {
		if value := a.Getenv(name); value != "" {
			*file = value
		}
	}
	return files, nil
}

// dockerEngine is the engine that Docker's own client would speak to.
func (a *app) dockerEngine() (builder.Docker, error) {
	docker := builder.Docker{Host: a.Getenv("DOCKER_HOST")}
	if docker.Host == "" {
		docker.Host = "unix:///var/run/docker.sock"
	}
	dir := a.Getenv("DOCKER_CERT_PATH")
	if dir == "" && a.Getenv("DOCKER_TLS_VERIFY") != "" {
		dir = filepath.Join(a.Getenv("HOME"), ".docker")
	}
	if dir == "" || !strings.HasPrefix(docker.Host, "tcp://") {
		return docker, nil
	}
	var err error
	if docker.TLS, err = builder.TLSDir(dir); err != nil {
		return docker, fmt.Errorf("DOCKER_CERT_PATH: %w", err)
	}
	return docker, nil
}

// ownBuilder is the buildkitd that stands beside gantline.
func (a *app) ownBuilder() (*builder.Own, error) {
	self, err := executable()
	if err != nil {
		return nil, err
	}
	keep, err := a.builderKeep()
	if err != nil {
		return nil, err
	}
	dir := a.builderDir()
	own := &builder.Own{Dir: dir, Buildkitd: a.Getenv("GANTLINE_BUILDKITD"), Keep: int64(keep)}
	if own.Buildkitd == "" {
		own.Buildkitd = filepath.Join(filepath.Dir(self), "buildkitd")
	}
	own.Command = []string{self, "builder", "--dir", dir, "--buildkitd", own.Buildkitd, "--keep", fmt.Sprint(own.Keep)}
	return own, nil
}

// builderKeep is how much our own builder keeps.
func (a *app) builderKeep() (diag.Size, error) {
	keep := diag.Size(builder.DefaultKeep)
	if text := a.Getenv("GANTLINE_BUILDER_KEEP"); text != "" {
		if err := keep.ParseText(text); err != nil {
			return 0, usageError{fmt.Errorf("GANTLINE_BUILDER_KEEP=%q: %w", text, err)}
		}
	}
	return keep, nil
}
