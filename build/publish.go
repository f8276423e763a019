package build

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
)

// Options are a publisher's means; they change no byte of an image.
type Options struct {
	// Source makes the code layers.
	Source Source
	// Finish runs the commands of a Spec; it may be nil where none has to run.
	Finish Finisher
	// knownOnly says that no command is run: a layer that is nowhere is left out.
	knownOnly bool
	// TempDir is where layers too large for memory go; empty is the system's.
	TempDir string
	// Digests fills in the OIDs of data that git has: to know one takes reading
	// a blob, which an image that exists doesn't need. It may be nil where every
	// file has its OID.
	Digests func(ctx context.Context, files []File) ([]File, error)
}

// digested is the Spec with all OIDs.
func (o Options) digested(ctx context.Context, spec Spec) (Spec, error) {
	lacks := func(f File) bool { return f.Content != nil && f.Content.OID == "" }
	if !slices.ContainsFunc(spec.Files, lacks) {
		return spec, nil
	}
	if o.Digests != nil {
		var err error
		if spec.Files, err = o.Digests(ctx, spec.Files); err != nil {
			return Spec{}, err
		}
	}
	if i := slices.IndexFunc(spec.Files, lacks); i >= 0 {
		return Spec{}, fmt.Errorf("file %q: nothing says what its content's SHA-256 is", spec.Files[i].Path)
	}
	return spec, checkFiles(spec.Files)
}

type publisher struct {
	remote  *Remote
	options Options
}

// NewPublisher is the Builder that makes layers, pushes what the registry
// lacks, and puts the tags last: the origin's, then the commit's. It does not
// ask first whether the image exists; Existing does.
func NewPublisher(remote *Remote, options Options) Builder {
	return publisher{remote, options}
}

// Build implements Builder.
func (p publisher) Build(ctx context.Context, spec Spec) (Image, error) {
	ctx, meter := withMeter(ctx)
	image, err := p.build(ctx, spec)
	if err != nil {
		return Image{}, fmt.Errorf("building image %q: %w", spec.Name, err)
	}
	image.Moved = meter.moved()
	return image, nil
}

func (p publisher) build(ctx context.Context, spec Spec) (Image, error) {
	if err := spec.check(); err != nil {
		return Image{}, err
	}
	repo, err := p.remote.open(ctx, spec.Repository)
	if err != nil {
		return Image{}, err
	}
	known, err := repo.neighbours(ctx, spec)
	if err != nil {
		return Image{}, err
	}
	image, err := p.publish(ctx, repo, spec, known)
	if len(known) == 0 || !isBlobUnknown(err) {
		return image, err
	}
	// A layer that a neighbour's manifest named was collected since. Once,
	// everything is made and sent, on a connection that remembers nothing.
	if repo, err = p.remote.open(ctx, spec.Repository); err != nil {
		return Image{}, err
	}
	return p.publish(ctx, repo, spec, nil)
}

func (p publisher) publish(ctx context.Context, repo *repository, spec Spec, known map[string]madeLayer) (Image, error) {
	made, err := p.assemble(ctx, repo, spec, known, registryVolumes{repo, len(known) > 0})
	if err != nil {
		return Image{}, err
	}
	defer made.close()
	if err := repo.upload(ctx, made); err != nil {
		return Image{}, err
	}
	image, err := made.image()
	if err != nil {
		return Image{}, err
	}
	return repo.tag(ctx, spec, image, made)
}

// assemble makes the image in memory, with bytes of the layers that aren't
// known, and brings its volumes to where they go. The caller closes it.
func (p publisher) assemble(ctx context.Context, repo *repository, spec Spec, known map[string]madeLayer, to volumeStore) (*assembled, error) {
	spec, err := p.options.digested(ctx, spec)
	if err != nil {
		return nil, err
	}
	volumes, err := p.volumes(ctx, spec, to)
	if err != nil {
		return nil, err
	}
	base, err := repo.base(ctx, spec)
	if err != nil {
		return nil, err
	}
	all, err := recipes(spec, p.options.Source)
	if err != nil {
		return nil, err
	}
	layers, err := p.layers(ctx, all, known)
	if err != nil {
		return nil, err
	}
	made, err := p.finished(ctx, repo, stand{spec: spec, base: base, ours: layers, volumes: volumes}, known)
	if err != nil {
		closeLayers(layers)
	}
	return made, err
}

// finished is the image with the layers of its commands.
func (p publisher) finished(ctx context.Context, repo *repository, on stand, known map[string]madeLayer) (*assembled, error) {
	finish, err := p.finish(ctx, repo, on, known)
	if err != nil {
		return nil, err
	}
	return assemble(on.spec, on.base, slices.Concat(on.ours, finish), on.volumes)
}

// layers is one layer a recipe: a known one, or packed now.
func (p publisher) layers(ctx context.Context, all []Recipe, known map[string]madeLayer) ([]madeLayer, error) {
	layers := make([]madeLayer, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, recipe := range all {
		if layer, ok := known[recipe.Key]; ok && layer.kind == recipe.Kind {
			layer.names = recipe.Names // another image may call it otherwise
			layers[i] = layer
			continue
		}
		group.Go(func() error {
			content, err := pack(ctx, recipe, p.options.TempDir)
			if err == nil {
				layers[i] = madeFrom(content)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		closeLayers(layers)
		return nil, err
	}
	return layers, nil
}

// upload sends the layers that were packed, and the config.
func (r *repository) upload(ctx context.Context, made *assembled) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, layer := range made.layers {
		if layer.content != nil {
			group.Go(func() error { return r.push(ctx, "the "+string(layer.kind)+" layer", layer.content) })
		}
	}
	group.Go(func() error {
		return r.push(ctx, "the config", static.NewLayer(made.config, types.OCIConfigJSON))
	})
	return group.Wait()
}
