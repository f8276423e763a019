package build

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// maxNeighbours is how many neighbours are asked for: each costs a request, a
// layer that is made again the reading and compressing of its files.
const maxNeighbours = 8

// neighbours are the layers of the nearest neighbour that has an image, by key.
// The nearest alone has one where every commit is built; where it has none, the
// others are asked for at once.
func (r *repository) neighbours(ctx context.Context, spec Spec) (map[string]madeLayer, error) {
	var commits []string
	for _, commit := range spec.Neighbours[:min(maxNeighbours, len(spec.Neighbours))] {
		if commit != spec.Commit && isObjectID(commit) {
			commits = append(commits, commit)
		}
	}
	if len(commits) == 0 {
		return nil, nil
	}
	if known, err := r.layersOf(ctx, commits[0]); known != nil || err != nil {
		return known, err
	}
	found := make([]map[string]madeLayer, len(commits))
	group, ctx := errgroup.WithContext(ctx)
	for i, commit := range commits[1:] {
		group.Go(func() (err error) {
			found[i], err = r.layersOf(ctx, commit)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, known := range found {
		if known != nil {
			return known, nil
		}
	}
	return nil, nil
}

// layersOf is what is known of the layers of a commit's image; nil where there
// is no image.
func (r *repository) layersOf(ctx context.Context, commit string) (map[string]madeLayer, error) {
	found, err := r.manifest(ctx, r.Tag(commit))
	if err != nil || found == nil {
		return nil, err
	}
	var m v1.Manifest
	if err := json.Unmarshal(found.Manifest, &m); err != nil {
		return nil, fmt.Errorf("reading the manifest of %s: %w", commit, err)
	}
	return knownLayers(m.Layers), nil
}
