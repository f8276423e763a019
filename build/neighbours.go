package build

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// maxNeighbours is how many neighbours are asked for: each costs a request, a
// layer that is made again the reading and compressing of its files.
const maxNeighbours = 8

// neighbours are the layers of the nearest neighbour that has an image, by key.
// The nearest alone has one where every commit is built; where it has none, the
// others are asked for at once, and then the branches.
func (r *repository) neighbours(ctx context.Context, spec Spec) (map[string]madeLayer, error) {
	commits, branches := spec.neighbours()
	known, err := r.nearest(ctx, commits)
	for i := 0; i < len(branches) && known == nil && err == nil; i++ {
		known, err = r.layersOf(ctx, branches[i])
	}
	return known, err
}

// neighbours are the Spec's, as far as a request each is worth it: commits, and
// movable tags of branches.
func (s Spec) neighbours() (commits, branches []string) {
	for _, neighbour := range s.Neighbours {
		switch {
		case strings.HasPrefix(neighbour, branchPrefix):
			branches = append(branches, neighbour)
		case neighbour != s.Commit && isObjectID(neighbour) && len(commits) < maxNeighbours:
			commits = append(commits, neighbour)
		}
	}
	return commits, branches
}

// nearest are the layers of the first commit that has an image.
func (r *repository) nearest(ctx context.Context, commits []string) (map[string]madeLayer, error) {
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

// layersOf is what is known of the layers of a tag's image; nil where there is
// no image.
func (r *repository) layersOf(ctx context.Context, tag string) (map[string]madeLayer, error) {
	found, err := r.manifest(ctx, r.Tag(tag))
	if err != nil || found == nil {
		return nil, err
	}
	var m v1.Manifest
	if err := json.Unmarshal(found.Manifest, &m); err != nil {
		return nil, fmt.Errorf("reading the manifest of %s: %w", tag, err)
	}
	return knownLayers(m.Layers), nil
}
