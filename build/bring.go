package build

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/sync/errgroup"

	"gantline.dev/gantline/internal/registry"
)

// bringJobs is how many layers are brought at once.
const bringJobs = 4

// bring makes the layers of an image elsewhere exist in this repository: those
// that are here cost a question, those of the same registry are mounted, and
// the others flow through this process without touching its disk. Layers that
// their licence keeps at another place stay there.
func (r *repository) bring(ctx context.Context, from *repository, layers []v1.Descriptor) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bringJobs)
	for _, layer := range layers {
		if !layer.MediaType.IsDistributable() {
			continue
		}
		group.Go(func() error { return r.bringLayer(ctx, from, from.Digest(layer.Digest.String())) })
	}
	return group.Wait()
}

func (r *repository) bringLayer(ctx context.Context, from *repository, ref name.Digest) error {
	layer, err := from.puller.Layer(ctx, ref)
	if err != nil {
		return fmt.Errorf("reading layer %s: %w", ref.DigestStr(), registry.Explain(err))
	}
	return r.push(ctx, "layer "+ref.DigestStr(), &remote.MountableLayer{Layer: layer, Reference: ref})
}
