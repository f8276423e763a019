package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/registry"
)

// meansFlags are the flags of commands that build.
type meansFlags struct {
	builder string
}

// means is what the pipeline works with on this machine. close ends the
// connections.
func (a *app) means(flags meansFlags) (means *pipeline.Means, closeMeans func(), err error) {
	shared, err := registry.New(registry.RemoteOptions{
		UserAgent: "gantline/" + a.Version,
		Revive:    a.revive,
	})
	if err != nil {
		return nil, nil, err
	}
	printer := a.printer()
	m := &pipeline.Means{
		Tool:     a.Version,
		Now:      a.Now,
		Printer:  printer,
		Registry: a.registryHost,
		Remote:   build.NewRemote(shared, build.DirCache{Dir: filepath.Join(a.cacheDir(), "manifests")}),
		Step:     once(a.stepBinary),
		Cluster:  a.cluster,
		By:       a.deployer(),
		Branch:   a.ciBranch(),

		HistoryDir:  a.historyDir(),
		ContentsDir: a.contentsDir(),
		Index:       a.packageIndex(),
		Secret:      a.secret,
	}
	m.Wheels = wheels.Store{Dir: a.wheelsDir(), Logins: m.Index.Logins}
	environments := &environments{app: a, printer: printer, address: flags.builder, login: shared.Credential}
	m.Environment, m.Finish = environments.build, environments.finish
	m.Probe, m.Wheel = environments.probe, environments.wheel
	return m, func() { environments.close(); shared.Close() }, nil
}

// readMeans are the means of a preview, which starts no registry: nil where
// none is configured and the embedded one does not run.
func (a *app) readMeans(configured string) (means *pipeline.Means, closeMeans func(), err error) {
	if configured == "" {
		if _, err := registry.Status(a.registryDir()); err != nil {
			return nil, func() {}, nil
		}
	}
	return a.means(meansFlags{})
}

// once asks for each platform's binary one time: it is read whole for its
// digest, by every stage that names it.
func once(find func(platform string) (build.Binary, error)) func(platform string) (build.Binary, error) {
	known := map[string]build.Binary{}
	return func(platform string) (build.Binary, error) {
		if binary, ok := known[platform]; ok {
			return binary, nil
		}
		binary, err := find(platform)
		if err == nil {
			known[platform] = binary
		}
		return binary, err
	}
}

func (a *app) registryDir() string { return filepath.Join(a.cacheDir(), "registry") }
func (a *app) builderDir() string  { return filepath.Join(a.cacheDir(), "buildkit") }
func (a *app) contentsDir() string { return filepath.Join(a.cacheDir(), "lfs") }
func (a *app) historyDir() string  { return filepath.Join(a.cacheDir(), "history") }

// executable is the path of this program; daemons are started with it.
func executable() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding gantline's own executable: %w", err)
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	return path, nil
}

// registryHost is where images go: what gantline.yaml says, or the embedded
// registry, started where it does not run.
func (a *app) registryHost(ctx context.Context, configured string) (string, error) {
	if configured != "" {
		return configured, nil
	}
	server, err := a.embeddedRegistry(ctx)
	if err != nil {
		return "", err
	}
	return server.Host, nil
}

func (a *app) embeddedRegistry(ctx context.Context) (registry.Server, error) {
	self, err := executable()
	if err != nil {
		return registry.Server{}, err
	}
	dir := a.registryDir()
	server, err := registry.Ensure(ctx, dir, []string{self, "registry", "--dir", dir})
	if err != nil {
		return registry.Server{}, fmt.Errorf("starting the embedded registry: %w", err)
	}
	return server, nil
}

// revive starts the embedded registry again where it left while a command ran.
func (a *app) revive(ctx context.Context, host string) bool {
	if _, err := os.Stat(a.registryDir()); err != nil {
		return false
	}
	if server, err := registry.Status(a.registryDir()); err == nil && server.Host != host {
		return false
	}
	server, err := a.embeddedRegistry(ctx)
	return err == nil && server.Host == host
}

// stepBinary is gantline-step, which stands beside gantline.
func (a *app) stepBinary(platform string) (build.Binary, error) {
	path := a.Getenv("GANTLINE_STEP")
	if path == "" {
		self, err := executable()
		if err != nil {
			return build.Binary{}, err
		}
		path = filepath.Join(filepath.Dir(self), "gantline-step")
		if platform != "linux/amd64" {
			path += "-" + strings.ReplaceAll(platform, "/", "-")
		}
	}
	binary, err := build.BinaryFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return build.Binary{}, fmt.Errorf("finding gantline-step at %q: it is not there; put it beside gantline (make build does), or name it in GANTLINE_STEP", path)
	}
	return binary, err
}
