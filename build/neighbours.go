package build

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxNeighbours is how many neighbours are asked for: each miss costs a
// request, as much as finding one saves.
const maxNeighbours = 3

// neighbours are the layers of the nearest neighbour that has an image, by key.
func (r *repository) neighbours(ctx context.Context, spec Spec) (map[string]madeLayer, error) {
	for _, commit := range spec.Neighbours[:min(maxNeighbours, len(spec.Neighbours))] {
		if commit == spec.Commit || !isObjectID(commit) {
			continue
		}
		found, err := r.manifest(ctx, r.Tag(commit))
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		var m v1.Manifest
		if err := json.Unmarshal(found.Manifest, &m); err != nil {
			return nil, fmt.Errorf("reading the manifest of %s: %w", commit, err)
		}
		return knownLayers(m.Layers), nil
	}
	return nil, nil
}
