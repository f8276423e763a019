package build

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/registry"
)

// bringJobs is how many layers are brought at once.
const bringJobs = 4

// bring makes the layers of an image elsewhere exist in this repository: those
// that are here cost a question, those of the same registry are mounted, and
// the others flow through this process without touching its disk. Layers that
// their licence keeps at another place stay there. Run again after a failure it
// sends what is missing.
func (r *repository) bring(ctx context.Context, from *repository, layers []v1.Descriptor) error {
	put, err := r.bringer(ctx, from)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(bringJobs)
	for _, layer := range layers {
		if !layer.MediaType.IsDistributable() {
			continue
		}
		group.Go(func() error {
			blob := registry.Blob{Digest: layer.Digest, Size: layer.Size, Open: func(ctx context.Context, at int64) (io.ReadCloser, error) {
				return from.blobs.Read(ctx, layer.Digest, at)
			}}
			there, err := r.blobs.Has(ctx, blob.Digest)
			if !there && err == nil {
				err = put(ctx, blob)
			}
			if err != nil {
				return fmt.Errorf("bringing layer %s (%v): %w", layer.Digest, diag.Size(layer.Size), registry.Explain(err))
			}
			return nil
		})
	}
	return group.Wait()
}

// bringer is how a blob gets from the other repository to this one. To mount it
// takes a login for both.
func (r *repository) bringer(ctx context.Context, from *repository) (func(context.Context, registry.Blob) error, error) {
	if from.RegistryStr() != r.RegistryStr() {
		return r.blobs.Upload, nil
	}
	login, err := r.remote.login(ctx, r.Repository, r.Scope(transport.PushScope), from.Scope(transport.PullScope))
	if err != nil {
		return nil, registry.Explain(err)
	}
	both := r.remote.registry.Blobs(r.Repository, login)
	return func(ctx context.Context, blob registry.Blob) error {
		_, err := both.Mount(ctx, from.Repository, blob)
		return err
	}, nil
}
