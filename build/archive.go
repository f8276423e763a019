package build

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// ToArchive makes the image and writes it into a file that docker load and
// podman load take, named by its repository and commit. The file appears whole
// or not at all, and replaces one of its name. Such an archive has no manifest:
// what is loaded is named by its config's digest, not by the Image's. An image
// with volumes is refused: what is loaded could not name them.
func ToArchive(ctx context.Context, remote *Remote, options Options, spec Spec, file string) (Image, error) {
	if names := volumeNames(spec.Files); len(names) > 0 {
		return Image{}, fmt.Errorf("writing image %q to %q: data %q is a volume, an image of its own, and an archive holds one image", spec.Name, file, names[0])
	}
	image, err := offline(ctx, publisher{remote, options}, spec, discarded{}, func(ctx context.Context, repo *repository, made *assembled) error {
		return writeArchive(ctx, repo, made, file)
	})
	if err != nil {
		return Image{}, fmt.Errorf("writing image %q to %q: %w", spec.Name, file, err)
	}
	return image, nil
}

func writeArchive(ctx context.Context, repo *repository, made *assembled, file string) error {
	ref, err := name.NewTag(made.spec.Repository + ":" + made.spec.Commit)
	if err != nil {
		return fmt.Errorf("naming it: %w", err)
	}
	image, err := partial.CompressedToImage(archived{assembled: made, open: func(digest v1.Hash) (io.ReadCloser, error) {
		return repo.open(ctx, digest)
	}})
	if err != nil {
		return err
	}
	return layoutDir{filepath.Dir(file)}.write(filepath.Base(file), func(w io.Writer) error {
		return tarball.Write(ref, image, w)
	})
}

// archived is an assembled image as go-containerregistry reads one.
type archived struct {
	*assembled
	open func(v1.Hash) (io.ReadCloser, error) // a layer that the registry has
}

// RawConfigFile implements partial.CompressedImageCore.
func (a archived) RawConfigFile() ([]byte, error) { return a.config, nil }

// LayerByDigest implements partial.CompressedImageCore.
func (a archived) LayerByDigest(digest v1.Hash) (partial.CompressedLayer, error) {
	for _, l := range a.layers {
		switch {
		case l.digest != digest:
		case l.content == nil:
			return baseLayer{l.descriptor(), a.open}, nil
		default:
			return l.content, nil
		}
	}
	for _, l := range a.base.layers {
		if l.Digest == digest {
			return baseLayer{l, a.open}, nil
		}
	}
	return nil, fmt.Errorf("the image has no layer %s", digest)
}

// baseLayer is a layer that is read from the registry.
type baseLayer struct {
	v1.Descriptor
	open func(v1.Hash) (io.ReadCloser, error)
}

// Digest implements partial.CompressedLayer.
func (l baseLayer) Digest() (v1.Hash, error) { return l.Descriptor.Digest, nil }

// Size implements partial.CompressedLayer.
func (l baseLayer) Size() (int64, error) { return l.Descriptor.Size, nil }

// MediaType implements partial.CompressedLayer.
func (l baseLayer) MediaType() (types.MediaType, error) { return l.Descriptor.MediaType, nil }

// Compressed implements partial.CompressedLayer.
func (l baseLayer) Compressed() (io.ReadCloser, error) { return l.open(l.Descriptor.Digest) }
