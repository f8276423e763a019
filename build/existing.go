package build

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Existing asks the registry before the inner Builder works: the commit's tag
// is the answer, whatever made it; the origin's image gets the commit's tag.
func Existing(inner Builder, remote *Remote) Builder {
	return Func(func(ctx context.Context, spec Spec) (Image, error) {
		ctx, meter := withMeter(ctx)
		image, err := existing(ctx, remote, spec)
		if err != nil {
			return Image{}, fmt.Errorf("looking for image %q: %w", spec.Name, err)
		}
		if image.Digest == "" {
			return inner.Build(ctx, spec)
		}
		image.Moved = meter.moved()
		return image, nil
	})
}

func existing(ctx context.Context, remote *Remote, spec Spec) (Image, error) {
	if err := spec.check(); err != nil {
		return Image{}, err
	}
	repo, err := remote.open(ctx, spec.Repository)
	if err != nil {
		return Image{}, err
	}
	return repo.existing(ctx, spec)
}

// existing is the commit's image as far as the registry has it; one without a
// digest where it has none. A manifest costs no more requests than asking
// whether it is there.
func (r *repository) existing(ctx context.Context, spec Spec) (Image, error) {
	found, err := r.manifest(ctx, r.Tag(spec.Commit))
	if err != nil {
		return Image{}, err
	}
	if found != nil {
		return foundImage(spec, found, Found)
	}
	if spec.Origin.Commit == spec.Commit {
		return Image{}, nil
	}
	found, err = r.manifest(ctx, r.Tag(spec.Origin.Commit))
	if err != nil || found == nil {
		return Image{}, err
	}
	image, err := foundImage(spec, found, Tagged)
	if err != nil {
		return Image{}, err
	}
	// The commit's tag was asked for a moment ago: claim would ask again.
	if err := r.put(ctx, spec.Commit, found); err != nil {
		return Image{}, err
	}
	return image, nil
}

func foundImage(spec Spec, found *remote.Descriptor, how How) (Image, error) {
	image, err := describe(spec, found.Manifest, found.Digest)
	image.How = how
	return image, err
}

// tag puts the origin's tag and then the commit's on a manifest whose blobs
// are all there.
func (r *repository) tag(ctx context.Context, spec Spec, image Image, manifest remote.Taggable) (Image, error) {
	image, err := r.claim(ctx, spec, spec.Origin.Commit, image, manifest)
	if err != nil || spec.Origin.Commit == spec.Commit {
		return image, err
	}
	if image.How == Found { // another build was first with the origin: its image it is
		return r.existing(ctx, spec)
	}
	return r.claim(ctx, spec, spec.Commit, image, manifest)
}

// claim puts a tag on the manifest unless the tag is there: then what it names
// is the answer. Registries have no "put if absent", so two builders that both
// find no tag within the same instant both put theirs; the later one stays.
// Builds are functions of the Spec, so they put the same digest.
func (r *repository) claim(ctx context.Context, spec Spec, tag string, image Image, manifest remote.Taggable) (Image, error) {
	head, err := r.head(ctx, tag)
	if err != nil {
		return Image{}, err
	}
	if head != nil && head.Digest.String() != image.Digest {
		return r.other(ctx, spec, tag)
	}
	if head != nil {
		return image, nil
	}
	return image, r.put(ctx, tag, manifest)
}

// other is the image that another build put under the tag meanwhile.
func (r *repository) other(ctx context.Context, spec Spec, tag string) (Image, error) {
	found, err := r.manifest(ctx, r.Tag(tag))
	if err != nil {
		return Image{}, err
	}
	if found == nil {
		return Image{}, fmt.Errorf("tag %q was put and removed while this build ran; run it again", r.Tag(tag))
	}
	return foundImage(spec, found, Found)
}
