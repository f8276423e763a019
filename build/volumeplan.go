package build

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// PlannedVolume is a volume that a build would need.
type PlannedVolume struct {
	// Name is the volume's, Tag what its image is found by.
	Name string `json:"name"`
	Tag  string `json:"tag"`
	// Exists says that nothing of it is fetched, made or sent.
	Exists bool `json:"exists"`
	// Files is how many contents it has, Bytes what they have together.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// PlanVolumes says of each volume of a Spec whether its image is there.
func PlanVolumes(ctx context.Context, remote *Remote, options Options, spec Spec) ([]PlannedVolume, error) {
	planned, err := planVolumes(ctx, remote, options, spec)
	if err != nil {
		return nil, fmt.Errorf("looking for the volumes of image %q: %w", spec.Name, err)
	}
	return planned, nil
}

func planVolumes(ctx context.Context, remote *Remote, options Options, spec Spec) ([]PlannedVolume, error) {
	spec, err := options.digested(ctx, spec)
	if err != nil {
		return nil, err
	}
	all, err := options.Source.Volumes(spec)
	if err != nil {
		return nil, err
	}
	repo, err := remote.open(ctx, spec.Repository)
	if err != nil {
		return nil, err
	}
	var planned []PlannedVolume
	for _, v := range all {
		there, err := repo.head(ctx, v.Tag)
		if err != nil {
			return nil, err
		}
		planned = append(planned, PlannedVolume{Name: v.Name, Tag: v.Tag, Exists: there != nil, Files: v.Files, Bytes: v.Bytes})
	}
	return planned, nil
}

// VolumePull is what a node does for a volume of an image.
type VolumePull struct {
	Name string    `json:"name"`
	How  LayerPull `json:"how"`
	// Bytes is what it downloads: layers of the volume that none of the volumes
	// has that are there.
	Bytes int64 `json:"bytes"`
}

// PullVolumes compares the volumes of an image with those of one that a node
// has. It reads the manifests of volumes that differ; one that is gone counts
// as having nothing in common with others.
func PullVolumes(ctx context.Context, remote *Remote, image, had Image) ([]VolumePull, error) {
	there := map[string]bool{}
	for _, v := range had.Volumes {
		there[v.Digest] = true
	}
	var layers map[string]bool
	var out []VolumePull
	for _, v := range image.Volumes {
		pull := VolumePull{Name: v.Name, How: PullNothing}
		if !there[v.Digest] {
			var err error
			if layers == nil {
				if layers, err = volumeLayers(ctx, remote, had); err != nil {
					return nil, err
				}
			}
			pull.How = PullDownload
			if pull.Bytes, err = lacking(ctx, remote, image, v, layers); err != nil {
				return nil, err
			}
		}
		out = append(out, pull)
	}
	return out, nil
}

// volumeLayers are the layers of an image's volumes, by digest.
func volumeLayers(ctx context.Context, remote *Remote, image Image) (map[string]bool, error) {
	layers := map[string]bool{}
	for _, v := range image.Volumes {
		m, err := volumeManifest(ctx, remote, image, v)
		if err != nil {
			return nil, err
		}
		for _, layer := range m.Layers {
			layers[layer.Digest.String()] = true
		}
	}
	return layers, nil
}

// lacking is the bytes of a volume's layers that aren't there.
func lacking(ctx context.Context, remote *Remote, image Image, v Volume, there map[string]bool) (int64, error) {
	m, err := volumeManifest(ctx, remote, image, v)
	if err != nil {
		return 0, err
	}
	bytes := v.Bytes
	for _, layer := range m.Layers {
		if there[layer.Digest.String()] {
			bytes -= layer.Size
		}
	}
	return bytes, nil
}

// volumeManifest is the manifest of a volume's image; one without layers where
// it is gone.
func volumeManifest(ctx context.Context, remote *Remote, image Image, v Volume) (v1.Manifest, error) {
	var m v1.Manifest
	repo, err := remote.open(ctx, image.Repository)
	if err != nil {
		return m, err
	}
	found, err := repo.manifest(ctx, repo.Digest(v.Digest))
	if err != nil || found == nil {
		return m, err
	}
	if err := json.Unmarshal(found.Manifest, &m); err != nil {
		return m, fmt.Errorf("reading the manifest of volume %q: %w", v.Name, err)
	}
	return m, nil
}
