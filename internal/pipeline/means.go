package pipeline

import (
	"context"
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/streams"
)

// Means is what the stages work with beside the repository. What is costly to
// have is a function: it is called by the first stage that needs it, so a
// command that needs no registry starts none.
type Means struct {
	// Tool is the version of gantline.
	Tool    string
	Now     func() time.Time
	Printer *streams.Printer
	// Registry is host[:port][/path] under which images are pushed; where the
	// project names none, the embedded registry is started.
	Registry func(ctx context.Context, configured string) (string, error)
	Remote   *build.Remote
	// Environment builds an environment image and pushes it to the repository,
	// without a tag.
	Environment func(ctx context.Context, in envimage.Inputs, repository string) (envimage.Result, error)
	// Finish runs a command that needs the code on an image, and pushes what comes
	// of it to the repository, without a tag.
	Finish func(ctx context.Context, f envimage.Finish, repository string) (envimage.Result, error)
	// Probe looks into a base with its system packages.
	Probe func(ctx context.Context, in envimage.Inputs) (envimage.Facts, error)
	// Wheel makes a wheel of a source distribution, in a directory.
	Wheel func(ctx context.Context, sdist envimage.SDist, dir string) (string, error)
	// Index is the package indexes that this machine uses, Wheels where it keeps
	// what they have.
	Index  wheels.Index
	Wheels wheels.Store
	// Secret is the login that a secret of gantline.yaml holds; an error says how
	// to set it.
	Secret func(name string) (wheels.Login, error)
	// Step is the gantline-step binary for a platform.
	Step func(platform string) (build.Binary, error)
	// Cluster opens the cluster of a target; it sends no request.
	Cluster func(target config.Target) (*cluster.Cluster, error)
	// By is how others are told who deploys: a CI job, or a user and a host.
	By string
	// Branch is the one that a CI system builds; empty elsewhere.
	Branch string
	// HistoryDir keeps the histories that shallow clones lack; empty reads none.
	HistoryDir string
	// ContentsDir caches what Git LFS keeps elsewhere.
	ContentsDir string
	// TempDir is where large layers go while they are made; empty is the
	// system's.
	TempDir string
}
