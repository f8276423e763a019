package build

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Verification compares a published image with what its Spec makes now.
type Verification struct {
	// Published is the digest under the commit's tag, Rebuilt what the Spec
	// makes.
	Published string `json:"published"`
	Rebuilt   string `json:"rebuilt"`
	// Format is the published image's; another than ours explains differences.
	Format int `json:"format"`
	// Layers are ours, lowest first; before them the image's volumes.
	Layers []VerifiedLayer `json:"layers"`
}

// VerifiedLayer is one layer of ours and the published one in its place; or a
// volume, of which the digests are its image's.
type VerifiedLayer struct {
	Kind      Kind   `json:"kind"`
	Name      string `json:"name,omitempty"`      // of a volume
	Published string `json:"published,omitempty"` // empty where the image has none
	Rebuilt   string `json:"rebuilt,omitempty"`   // empty where the Spec makes none
}

// Same says that the layer is what it should be.
func (l VerifiedLayer) Same() bool { return l.Published == l.Rebuilt }

// Same says that the published image is, byte for byte, what its Spec makes, and
// that its volumes are there.
func (v Verification) Same() bool {
	return v.Published == v.Rebuilt && !slices.ContainsFunc(v.Layers, func(l VerifiedLayer) bool { return l.Kind == KindVolume && !l.Same() })
}

// Verify makes all layers again, reusing none, and compares. Nothing is sent,
// and no command is run: what commands made of the code is held to be the same
// where its key is.
func Verify(ctx context.Context, remote *Remote, options Options, spec Spec) (Verification, error) {
	v, err := verify(ctx, publisher{remote, options}, spec)
	if err != nil {
		return Verification{}, fmt.Errorf("verifying image %q: %w", spec.Name, err)
	}
	return v, nil
}

func verify(ctx context.Context, p publisher, spec Spec) (Verification, error) {
	if err := spec.check(); err != nil {
		return Verification{}, err
	}
	repo, err := p.remote.open(ctx, spec.Repository)
	if err != nil {
		return Verification{}, err
	}
	found, err := repo.manifest(ctx, repo.Tag(spec.Commit))
	if err != nil {
		return Verification{}, err
	}
	if found == nil {
		return Verification{}, fmt.Errorf("tag %q does not exist; build it first", repo.Tag(spec.Commit))
	}
	var published v1.Manifest
	if err := json.Unmarshal(found.Manifest, &published); err != nil {
		return Verification{}, fmt.Errorf("reading its manifest: %w", err)
	}
	p.options.knownOnly = true
	made, err := p.assemble(ctx, repo, spec, finishesOf(published.Layers), discarded{})
	if err != nil {
		return Verification{}, err
	}
	defer made.close()
	volumes, err := repo.compareVolumes(ctx, published.Annotations, made)
	if err != nil {
		return Verification{}, err
	}
	return Verification{
		Published: found.Digest.String(), Rebuilt: made.digest.String(),
		Format: formatOf(published.Annotations),
		Layers: append(volumes, compare(layersOf(published.Layers), made.layers)...),
	}, nil
}

// finishesOf are the layers of commands, by key.
func finishesOf(layers []v1.Descriptor) map[string]madeLayer {
	known := knownLayers(layers)
	maps.DeleteFunc(known, func(_ string, l madeLayer) bool { return l.kind != KindFinish })
	return known
}

// compareVolumes pairs volumes by name. One whose image is gone from the
// registry is not published.
func (r *repository) compareVolumes(ctx context.Context, notes map[string]string, made *assembled) ([]VerifiedLayer, error) {
	published, err := volumesOf(notes)
	if err != nil {
		return nil, err
	}
	rebuilt, err := made.image()
	if err != nil {
		return nil, err
	}
	pairs := map[string]VerifiedLayer{}
	for _, v := range published {
		found, err := r.manifest(ctx, r.Digest(v.Digest))
		if err != nil {
			return nil, err
		}
		pair := VerifiedLayer{Kind: KindVolume, Name: v.Name}
		if found != nil {
			pair.Published = v.Digest
		}
		pairs[v.Name] = pair
	}
	for _, v := range rebuilt.Volumes {
		pair := pairs[v.Name]
		pair.Kind, pair.Name, pair.Rebuilt = KindVolume, v.Name, v.Digest
		pairs[v.Name] = pair
	}
	var out []VerifiedLayer
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		out = append(out, pairs[name])
	}
	return out, nil
}

// compare pairs layers by their order within a kind.
func compare(published []Layer, rebuilt []madeLayer) []VerifiedLayer {
	left := map[Kind][]string{}
	for _, l := range published {
		if !l.Kind.OfEnvironment() {
			left[l.Kind] = append(left[l.Kind], l.Digest)
		}
	}
	var out []VerifiedLayer
	for _, l := range rebuilt {
		pair := VerifiedLayer{Kind: l.kind, Rebuilt: l.digest.String()}
		if rest := left[l.kind]; len(rest) > 0 {
			pair.Published, left[l.kind] = rest[0], rest[1:]
		}
		out = append(out, pair)
	}
	for _, kind := range []Kind{KindHome, KindData, KindStep, KindFloor, KindCode, KindFinish} {
		for _, digest := range left[kind] {
			out = append(out, VerifiedLayer{Kind: kind, Published: digest})
		}
	}
	return out
}
