package build

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// baseImage is what an image is put on: layers by descriptor and a config. No
// layer is ever read.
type baseImage struct {
	layers []v1.Descriptor
	config *v1.ConfigFile
	source v1.Descriptor // of the config
}

func scratchImage(p v1.Platform) baseImage {
	return baseImage{config: &v1.ConfigFile{
		OS: p.OS, Architecture: p.Architecture, Variant: p.Variant,
		RootFS: v1.RootFS{Type: "layers"},
	}}
}

// descriptors are the base's layers for an OCI manifest: the same blobs under
// OCI names, with our notes alone. Only images that we put have those: what a
// base from elsewhere noted is dropped when it becomes an environment.
func (b baseImage) descriptors() []v1.Descriptor {
	out := make([]v1.Descriptor, 0, len(b.layers)+8)
	for _, d := range b.layers {
		out = append(out, v1.Descriptor{
			MediaType: ociType(d.MediaType), Size: d.Size, Digest: d.Digest, URLs: d.URLs, Annotations: ours(d.Annotations),
		})
	}
	return out
}

// ours are the notes of a layer that Gantline writes; nil where it has none.
func ours(notes map[string]string) map[string]string {
	var kept map[string]string
	for _, key := range []string{noteLayer, noteKey, noteDiffID} {
		if value, ok := notes[key]; ok {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[key] = value
		}
	}
	return kept
}

func ociType(t types.MediaType) types.MediaType {
	switch t {
	case types.DockerLayer:
		return types.OCILayer
	case types.DockerUncompressedLayer:
		return types.OCIUncompressedLayer
	case types.DockerForeignLayer:
		return types.OCIRestrictedLayer
	}
	return t
}

// base reads the environment's manifest and config: two requests, or none
// where the cache has them.
func (r *repository) base(ctx context.Context, spec Spec) (baseImage, error) {
	platform, err := spec.platform()
	if err != nil {
		return baseImage{}, err
	}
	if spec.Base.Scratch() {
		return scratchImage(platform), nil
	}
	ref, err := name.NewDigest(spec.Base.Environment, name.StrictValidation)
	if err != nil {
		return baseImage{}, fmt.Errorf("parsing environment %q: %w", spec.Base.Environment, err)
	}
	if ref.Context().Name() != r.Name() {
		return baseImage{}, fmt.Errorf("environment %q is not in repository %q, where its layers need not be copied", ref, r.Name())
	}
	base, err := r.readBase(ctx, ref, platform)
	if err != nil {
		return baseImage{}, fmt.Errorf("reading environment %q: %w", ref, err)
	}
	return base, nil
}

func (r *repository) readBase(ctx context.Context, ref name.Digest, platform v1.Platform) (baseImage, error) {
	raw, err := r.immutable(ctx, ref)
	if err != nil {
		return baseImage{}, err
	}
	var m struct {
		v1.Manifest
		Manifests []v1.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return baseImage{}, err
	}
	if len(m.Manifests) > 0 {
		child, err := choose(m.Manifests, platform)
		if err != nil {
			return baseImage{}, err
		}
		return r.readBase(ctx, ref.Context().Digest(child.Digest.String()), platform)
	}
	return r.readConfig(ctx, m.Manifest, platform)
}

// choose is the manifest of an index for the platform.
func choose(manifests []v1.Descriptor, platform v1.Platform) (v1.Descriptor, error) {
	for _, d := range manifests {
		if d.Platform != nil && d.MediaType.IsImage() && d.Platform.Satisfies(platform) {
			return d, nil
		}
	}
	return v1.Descriptor{}, fmt.Errorf("it has no image for platform %s", platform)
}

func (r *repository) readConfig(ctx context.Context, m v1.Manifest, platform v1.Platform) (baseImage, error) {
	raw, err := r.cached(m.Config.Digest, func() ([]byte, error) { return r.blob(ctx, m.Config.Digest) })
	if err != nil {
		return baseImage{}, err
	}
	base := baseImage{layers: m.Layers, config: &v1.ConfigFile{}, source: m.Config}
	if err := json.Unmarshal(raw, base.config); err != nil {
		return baseImage{}, fmt.Errorf("reading its config: %w", err)
	}
	switch c := base.config; {
	case len(c.RootFS.DiffIDs) != len(m.Layers):
		return baseImage{}, fmt.Errorf("its config names %d layers, its manifest %d: it is not a container image", len(c.RootFS.DiffIDs), len(m.Layers))
	case c.OS != platform.OS || c.Architecture != platform.Architecture:
		return baseImage{}, fmt.Errorf("it is for %s/%s, not for %s", c.OS, c.Architecture, platform)
	}
	return base, nil
}

// immutable is the manifest with a digest.
func (r *repository) immutable(ctx context.Context, ref name.Digest) ([]byte, error) {
	digest, err := v1.NewHash(ref.DigestStr())
	if err != nil {
		return nil, err
	}
	return r.cached(digest, func() ([]byte, error) {
		d, err := r.manifest(ctx, ref)
		if err != nil {
			return nil, err
		}
		if d == nil {
			return nil, fmt.Errorf("the registry does not have it")
		}
		return d.Manifest, nil
	})
}

func (r *repository) cached(digest v1.Hash, read func() ([]byte, error)) ([]byte, error) {
	if r.cache != nil {
		if content, ok := r.cache.Get(digest.String()); ok {
			return content, nil
		}
	}
	content, err := read()
	if err == nil && r.cache != nil {
		r.cache.Put(digest.String(), content)
	}
	return content, err
}
