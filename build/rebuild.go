package build

import (
	"context"
	"fmt"
	"strings"
)

// Rebuilt is an image that was made anew, beside the one that its commit has.
type Rebuilt struct {
	// Image is the new one, under a tag of its own: RebuiltTag.
	Image Image `json:"image"`
	// Before is the image under the commit's tag, which stays; one without a
	// digest where there is none.
	Before Image `json:"before"`
}

// Same says that the bytes are those that the commit's tag names already.
func (r Rebuilt) Same() bool { return r.Image.Digest == r.Before.Digest }

// RebuiltTag is the tag of an image that is not the one of its commit: it names
// the content too, and so never another.
func RebuiltTag(commit, digest string) string {
	const enough = 12
	_, hex, _ := strings.Cut(digest, ":")
	return commit + "-" + hex[:min(enough, len(hex))]
}

// Rebuild makes an image anew, layers that other images have among it, and
// publishes it under its RebuiltTag. No tag moves: an image of an older Format,
// or one of a commit whose history changed, stays what it is to those who use it.
func Rebuild(ctx context.Context, remote *Remote, options Options, spec Spec) (Rebuilt, error) {
	ctx, meter := withMeter(ctx)
	rebuilt, err := rebuild(ctx, publisher{remote, options}, spec)
	if err != nil {
		return Rebuilt{}, fmt.Errorf("building image %q anew: %w", spec.Name, err)
	}
	rebuilt.Image.Moved = meter.moved()
	return rebuilt, nil
}

func rebuild(ctx context.Context, p publisher, spec Spec) (Rebuilt, error) {
	if err := spec.check(); err != nil {
		return Rebuilt{}, err
	}
	repo, err := p.remote.open(ctx, spec.Repository)
	if err != nil {
		return Rebuilt{}, err
	}
	var rebuilt Rebuilt
	found, err := repo.manifest(ctx, repo.Tag(spec.Commit))
	if err != nil {
		return Rebuilt{}, err
	}
	if found != nil {
		if rebuilt.Before, err = foundImage(spec, found, Found); err != nil {
			return Rebuilt{}, err
		}
	}
	made, err := p.assemble(ctx, repo, spec, nil, registryVolumes{repo, false})
	if err != nil {
		return Rebuilt{}, err
	}
	defer made.close()
	if err := repo.upload(ctx, made); err != nil {
		return Rebuilt{}, err
	}
	if rebuilt.Image, err = made.image(); err != nil {
		return Rebuilt{}, err
	}
	rebuilt.Image.Tag = RebuiltTag(spec.Commit, rebuilt.Image.Digest)
	return rebuilt, repo.put(ctx, rebuilt.Image.Tag, made)
}
