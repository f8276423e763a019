package build

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
)

// Pin asks the registry what an image's name means now, for each platform.
// The name may be a tag or hold a digest already. A platform that the image
// has not is an error.
func Pin(ctx context.Context, remote *Remote, ref string, platforms []string) (Pinned, error) {
	pinned, err := pin(ctx, remote, ref, platforms)
	if err != nil {
		return Pinned{}, fmt.Errorf("resolving image %q: %w", ref, err)
	}
	return pinned, nil
}

func pin(ctx context.Context, remote *Remote, ref string, platforms []string) (Pinned, error) {
	parsed, err := name.ParseReference(ref)
	if err != nil {
		return Pinned{}, err
	}
	repo, err := remote.reader(ctx, parsed.Context())
	if err != nil {
		return Pinned{}, err
	}
	found, err := repo.manifest(ctx, parsed)
	if err != nil {
		return Pinned{}, err
	}
	if found == nil {
		return Pinned{}, fmt.Errorf("the registry %s does not have it", parsed.Context().RegistryStr())
	}
	pinned := Pinned{Digest: found.Digest.String(), Platforms: map[string]PinnedPlatform{}}
	for _, text := range platforms {
		platform, err := Spec{Platform: text}.platform()
		if err != nil {
			return Pinned{}, err
		}
		if pinned.Platforms[platform.String()], err = repo.pinPlatform(ctx, found, platform); err != nil {
			return Pinned{}, err
		}
	}
	return pinned, nil
}

// pinPlatform finds one platform's image. A name without an index is of the
// platform that its config says.
func (r *repository) pinPlatform(ctx context.Context, found *gcr.Descriptor, platform v1.Platform) (PinnedPlatform, error) {
	raw, digest := found.Manifest, found.Digest
	if found.MediaType.IsIndex() {
		var index v1.IndexManifest
		if err := json.Unmarshal(raw, &index); err != nil {
			return PinnedPlatform{}, err
		}
		child, err := choose(index.Manifests, platform)
		if err != nil {
			return PinnedPlatform{}, err
		}
		if raw, err = r.immutable(ctx, r.Digest(child.Digest.String())); err != nil {
			return PinnedPlatform{}, err
		}
		digest = child.Digest
	}
	var m v1.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return PinnedPlatform{}, err
	}
	if _, err := r.readConfig(ctx, m, platform); err != nil {
		return PinnedPlatform{}, err
	}
	pinned := PinnedPlatform{Digest: digest.String(), Layers: len(m.Layers)}
	for _, layer := range m.Layers {
		pinned.Size += layer.Size
	}
	return pinned, nil
}
