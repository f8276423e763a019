package envimage

import (
	"context"
	_ "embed" // the script that builds
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/tonistiigi/fsutil"
)

//go:embed script/wheel.sh
var wheelScript string

// Where a source distribution is mounted, and where its wheel is left.
const (
	sdistDir = "/run/gantline-sdist"
	wheelDir = "/run/gantline-wheel"
)

// SDist is a source distribution that is to become a wheel.
type SDist struct {
	// Base is the image whose Python builds it, by digest.
	Base string
	// Platform is the base's.
	Platform string
	// File is its path on this machine, under the name that it was published
	// with.
	File string
	// Indexes are package indexes, besides the default one, for what the build
	// itself needs.
	Indexes []string
	// Logins are those for indexes.
	Logins []Login
}

// Wheel has the daemon build a wheel, in the base as it is, and puts it into an
// empty directory of this machine. It returns the wheel's path.
func Wheel(ctx context.Context, c *client.Client, sdist SDist, dir string, o Options) (string, error) {
	in := Inputs{Base: sdist.Base, Platform: sdist.Platform, Indexes: sdist.Indexes}
	if err := in.Validate(); err != nil {
		return "", err
	}
	o.Host.Logins = slices.Concat(o.Host.Logins, sdist.Logins)
	files, err := fsutil.NewFS(filepath.Dir(sdist.File))
	if err != nil {
		return "", fmt.Errorf("reading %q: %w", sdist.File, err)
	}
	name := filepath.Base(sdist.File)
	_, err = o.solve(ctx, c, client.SolveOpt{
		Exports:     []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: dir}},
		LocalMounts: map[string]fsutil.FS{"sdist": files},
	}, func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		return in.wheel(ctx, c, name)
	})
	if err != nil {
		return "", err
	}
	return onlyWheel(dir, name)
}

// wheel runs beside the daemon.
func (in Inputs) wheel(ctx context.Context, c gateway.Client, name string) (*gateway.Result, error) {
	_, state, err := in.onBase(ctx, c)
	if err != nil {
		return nil, err
	}
	build := step{
		name: "building a wheel of " + name, script: wheelScript, args: []string{name},
		options: []llb.RunOption{
			llb.AddEnv("GANTLINE_EXTRA_INDEXES", strings.Join(in.Indexes, " ")),
			llb.AddMount(sdistDir, llb.Local("sdist", llb.IncludePatterns([]string{name}), llb.WithCustomName(name)), llb.Readonly),
			llb.AddMount(scratchDir+"/pip-cache", llb.Scratch(), llb.AsPersistentCacheDir("gantline-pip", llb.CacheMountShared)),
		},
	}
	return in.evaluate(ctx, c, build.output(state, wheelDir))
}

// onlyWheel is the one file that a build must have left.
func onlyWheel(dir, name string) (string, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("it left %d wheels", len(found))
	}
	if err == nil {
		_, err = os.Stat(found[0])
	}
	if err != nil {
		return "", fmt.Errorf("building a wheel of %q: %w", name, err)
	}
	return found[0], nil
}
