package build

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// core lets go-containerregistry see an assembled image as a v1.Image. Layers
// that were not packed are read from the registry when asked for.
type core struct {
	*assembled
	ctx  context.Context
	repo *repository
}

func (a *assembled) v1Image(ctx context.Context, repo *repository) (v1.Image, error) {
	return partial.CompressedToImage(core{a, ctx, repo})
}

// RawConfigFile implements partial.CompressedImageCore.
func (c core) RawConfigFile() ([]byte, error) { return c.config, nil }

// LayerByDigest implements partial.CompressedImageCore.
func (c core) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, l := range c.layers {
		if l.digest == digest && l.content != nil {
			return l.content, nil
		}
	}
	for _, d := range c.base.descriptors() {
		if d.Digest == digest {
			return remoteLayer{c.ctx, c.repo, d}, nil
		}
	}
	return nil, fmt.Errorf("the image has no layer %s", digest)
}

// remoteLayer is a layer of the base, read only when its bytes are asked for.
type remoteLayer struct {
	ctx        context.Context
	repo       *repository
	descriptor v1.Descriptor
}

// Digest implements partial.CompressedLayer.
func (l remoteLayer) Digest() (v1.Hash, error) { return l.descriptor.Digest, nil }

// Size implements partial.CompressedLayer.
func (l remoteLayer) Size() (int64, error) { return l.descriptor.Size, nil }

// MediaType implements partial.CompressedLayer.
func (l remoteLayer) MediaType() (types.MediaType, error) { return l.descriptor.MediaType, nil }

// Compressed implements partial.CompressedLayer.
func (l remoteLayer) Compressed() (io.ReadCloser, error) {
	layer, err := l.repo.puller.Layer(l.ctx, l.repo.Digest(l.descriptor.Digest.String()))
	if err != nil {
		return nil, err
	}
	return layer.Compressed()
}
