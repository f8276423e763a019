package build

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	// volumesDir has a directory for each volume, which pods mount there.
	volumesDir = "/.gantline/volumes"
	// volumeFormat numbers the way in which contents become a volume's layers.
	volumeFormat = "1"
	// maxVolumeLayers is how many contents of a volume have a layer of their own
	// at most. Nodes pull layers side by side.
	maxVolumeLayers = 100
)

// volumeName is what a volume is called: part of a path, and of a pod's spec.
var volumeName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Volume is data of an image that is an image of its own, in the same
// repository: pods mount it at VolumeDir.
type Volume struct {
	// Name is what gantline.yaml calls the data.
	Name string `json:"name"`
	// Digest is of the volume's image, sha256:….
	Digest string `json:"digest"`
	// Bytes is what its layers have, as they are sent.
	Bytes int64 `json:"bytes"`
}

// VolumeDir is where the image's code looks for the contents of a volume, each
// at its SHA-256.
func VolumeDir(name string) string { return path.Join(volumesDir, name) }

// VolumeRef is the image of a volume pinned by digest: repository@sha256:….
func (i Image) VolumeRef(v Volume) string { return i.Repository + "@" + v.Digest }

// volumesOf are the volumes that a manifest's annotations name. They come from
// a registry and become part of pods: what can't be one is an error.
func volumesOf(notes map[string]string) ([]Volume, error) {
	text := notes[noteVolumes]
	if text == "" {
		return nil, nil
	}
	var volumes []Volume
	if err := json.Unmarshal([]byte(text), &volumes); err != nil {
		return nil, fmt.Errorf("reading annotation %s: %w", noteVolumes, err)
	}
	for i, v := range volumes {
		hash, err := v1.NewHash(v.Digest)
		same := slices.ContainsFunc(volumes[:i], func(other Volume) bool { return other.Name == v.Name })
		if err != nil || hash.Algorithm != "sha256" || !volumeName.MatchString(v.Name) || same || v.Bytes < 0 {
			return nil, fmt.Errorf("reading annotation %s: %q with %q is no volume", noteVolumes, v.Name, v.Digest)
		}
	}
	return volumes, nil
}

// VolumeRecipe is the image of a volume before its bytes exist.
type VolumeRecipe struct {
	// Name is the volume's, which is no part of its image.
	Name string
	// Tag is what the image is found by: a function of the contents.
	Tag string
	// Files is how many contents it has, Bytes what they have together.
	Files int
	Bytes int64
	// Layers are its layers, lowest first.
	Layers []Recipe
}

// volumes are the volumes of a Spec, by name.
func (d *dataWriter) volumes(spec Spec) ([]VolumeRecipe, error) {
	names := volumeNames(spec.Files)
	platform, err := spec.platform()
	if err != nil {
		return nil, err
	}
	out := make([]VolumeRecipe, 0, len(names))
	for _, name := range names {
		all := dataOf(inVolume(spec.Files, name))
		for i := range all {
			all[i].names = nil
		}
		v := VolumeRecipe{Name: name, Files: len(all), Layers: d.divided(all, "/", maxVolumeLayers, spec.Compression)}
		for _, one := range all {
			v.Bytes += one.Content.Size
		}
		v.Tag = volumeTag(platform, v.Layers)
		out = append(out, v)
	}
	return out, nil
}

// volumeTag is a function of the layers' keys: of contents and compression. The
// platform is no part of the contents, but nodes pull no image of another one.
func volumeTag(platform v1.Platform, layers []Recipe) string {
	key := newKey(KindVolume)
	key.add(volumeFormat, platform.String())
	for _, layer := range layers {
		key.add(layer.Key)
	}
	return "data-" + key.String()
}

// volumeNames are the volumes of files, sorted.
func volumeNames(files []File) []string {
	var names []string
	for _, f := range withContent(files) {
		if f.Content.Volume != "" {
			names = append(names, f.Content.Volume)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
