package build

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

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
	// Layers are ours, lowest first.
	Layers []VerifiedLayer `json:"layers"`
}

// VerifiedLayer is one layer of ours and the published one in its place.
type VerifiedLayer struct {
	Kind      Kind   `json:"kind"`
	Published string `json:"published,omitempty"` // empty where the image has none
	Rebuilt   string `json:"rebuilt,omitempty"`   // empty where the Spec makes none
}

// Same says that the layer is what it should be.
func (l VerifiedLayer) Same() bool { return l.Published == l.Rebuilt }

// Same says that the published image is, byte for byte, what its Spec makes.
func (v Verification) Same() bool { return v.Published == v.Rebuilt }

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
	made, err := p.assemble(ctx, repo, spec, finishesOf(published.Layers))
	if err != nil {
		return Verification{}, err
	}
	defer made.close()
	return Verification{
		Published: found.Digest.String(), Rebuilt: made.digest.String(),
		Format: formatOf(published.Annotations),
		Layers: compare(layersOf(published.Layers), made.layers),
	}, nil
}

// finishesOf are the layers of commands, by key.
func finishesOf(layers []v1.Descriptor) map[string]madeLayer {
	known := knownLayers(layers)
	maps.DeleteFunc(known, func(_ string, l madeLayer) bool { return l.kind != KindFinish })
	return known
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
