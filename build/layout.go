package build

import (
	"bytes"
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// ToLayout makes the image and writes it into a directory as an OCI layout,
// named by the commit; no tag is put anywhere. The directory may hold a layout
// already: the image is added, or replaces the one of the same commit. Its
// volumes are images beside it, named by their tags. An environment's layers are read from its registry, a scratch image needs none.
// Interrupted at any point, it leaves a directory that ToLayout takes again.
func ToLayout(ctx context.Context, remote *Remote, options Options, spec Spec, dir string) (Image, error) {
	to, err := openLayout(dir)
	if err != nil {
		return Image{}, fmt.Errorf("writing image %q to layout %q: %w", spec.Name, dir, err)
	}
	image, err := offline(ctx, publisher{remote, options}, spec, layoutVolumes{dir: to}, func(ctx context.Context, repo *repository, made *assembled) error {
		return to.add(ctx, repo, made, spec.Commit)
	})
	if err != nil {
		return Image{}, fmt.Errorf("writing image %q to layout %q: %w", spec.Name, dir, err)
	}
	return image, nil
}

// offline makes an image that goes somewhere else than to a registry. The
// repository is nil where nothing is read from one.
func offline(ctx context.Context, p publisher, spec Spec, volumes volumeStore, put func(context.Context, *repository, *assembled) error) (Image, error) {
	ctx, meter := withMeter(ctx)
	if err := spec.check(); err != nil {
		return Image{}, err
	}
	var repo *repository
	if !spec.Base.Scratch() {
		var err error
		if repo, err = p.remote.open(ctx, spec.Repository); err != nil {
			return Image{}, err
		}
	}
	made, err := p.assemble(ctx, repo, spec, nil, volumes)
	if err != nil {
		return Image{}, err
	}
	defer made.close()
	if err := put(ctx, repo, made); err != nil {
		return Image{}, err
	}
	image, err := made.image()
	image.Moved = meter.moved()
	return image, err
}

// layoutJobs is how many layers of a base are read at once.
const layoutJobs = 4

// add writes the image's blobs and then the index that names them.
func (d layoutDir) add(ctx context.Context, repo *repository, made *assembled, name string) error {
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(layoutJobs)
	for _, layer := range made.base.layers {
		group.Go(func() error {
			return d.blob(layer.Digest, layer.Size, func() (io.ReadCloser, error) { return repo.open(reading, layer.Digest) })
		})
	}
	for _, layer := range made.layers {
		open := func() (io.ReadCloser, error) { return repo.open(reading, layer.digest) }
		if layer.content != nil {
			open = layer.content.Compressed
		}
		group.Go(func() error { return d.blob(layer.digest, layer.size, open) })
	}
	for digest, raw := range map[v1.Hash][]byte{made.configDescriptor.Digest: made.config, made.digest: made.manifest} {
		group.Go(func() error {
			return d.blob(digest, int64(len(raw)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(raw)), nil })
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	platform, err := made.spec.platform()
	if err != nil {
		return err
	}
	mediaType, err := made.MediaType()
	if err != nil {
		return err
	}
	return d.name(ctx, name, v1.Descriptor{
		MediaType: mediaType, Digest: made.digest, Size: int64(len(made.manifest)), Platform: &platform,
	})
}
