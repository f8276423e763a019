package build

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// volumeStore is where the images of volumes are found, and go.
type volumeStore interface {
	// find is the manifest under the tag; nil where there is none.
	find(ctx context.Context, tag string) (*remote.Descriptor, error)
	// known are layers that need not be made, by key.
	known(ctx context.Context, spec Spec) (map[string]madeLayer, error)
	// layer takes a layer, which is forgotten afterwards.
	layer(ctx context.Context, layer *packed) error
	// image takes what the layers make up.
	image(ctx context.Context, tag string, made *assembled) error
}

// volumes brings a Spec's volumes, by name, to where they go: those that aren't
// there are made.
func (p publisher) volumes(ctx context.Context, spec Spec, to volumeStore) ([]Volume, error) {
	if len(volumeNames(spec.Files)) == 0 {
		return nil, nil
	}
	all, err := p.options.Source.Volumes(spec)
	if err != nil {
		return nil, err
	}
	volumes := make([]Volume, 0, len(all))
	for _, recipe := range all {
		volume, err := p.volume(ctx, spec, recipe, to)
		if err != nil {
			return nil, fmt.Errorf("making volume %q: %w", recipe.Name, err)
		}
		volumes = append(volumes, volume)
	}
	return volumes, nil
}

func (p publisher) volume(ctx context.Context, spec Spec, recipe VolumeRecipe, to volumeStore) (Volume, error) {
	found, err := to.find(ctx, recipe.Tag)
	if err != nil {
		return Volume{}, err
	}
	if found != nil {
		return volumeFrom(recipe.Name, found.Digest, found.Manifest)
	}
	known, err := to.known(ctx, spec)
	if err != nil {
		return Volume{}, err
	}
	layers, err := p.eachLayer(ctx, recipe.Layers, known, to.layer)
	if err != nil {
		return Volume{}, err
	}
	made, err := assembleVolume(spec, layers)
	if err != nil {
		return Volume{}, err
	}
	if err := to.image(ctx, recipe.Tag, made); err != nil {
		return Volume{}, err
	}
	return volumeFrom(recipe.Name, made.digest, made.manifest)
}

// volumeFrom is a volume as its image's manifest says.
func volumeFrom(name string, digest v1.Hash, raw []byte) (Volume, error) {
	var m v1.Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return Volume{}, fmt.Errorf("reading manifest %s: %w", digest, err)
	}
	v := Volume{Name: name, Digest: digest.String()}
	for _, layer := range m.Layers {
		v.Bytes += layer.Size
	}
	return v, nil
}

// assembleVolume is the image of a volume, whose layers are where it goes. It is
// a function of the layers and the platform: two entries and two commits with
// the same contents have one.
func assembleVolume(spec Spec, layers []madeLayer) (*assembled, error) {
	platform, err := spec.platform()
	if err != nil {
		return nil, err
	}
	base := scratchImage(platform)
	config := base.config.DeepCopy()
	config.Created = v1.Time{Time: time.Unix(epoch, 0).UTC()}
	a := &assembled{spec: Spec{Platform: spec.Platform}, base: base}
	for _, layer := range layers {
		layer.content = nil
		a.layers = append(a.layers, layer)
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, layer.diffID)
		config.History = append(config.History, layer.history())
	}
	return a, a.encode(config, map[string]string{labelFormat: strconv.Itoa(Format)})
}

// registryVolumes keeps volumes in the image's own repository.
type registryVolumes struct {
	*repository
	// remembers says that earlier images' layers count.
	remembers bool
}

func (r registryVolumes) find(ctx context.Context, tag string) (*remote.Descriptor, error) {
	return r.manifest(ctx, r.Tag(tag))
}

// known are the layers of the nearest earlier image's volumes: of weights in
// ten files, one that changes is sent alone.
func (r registryVolumes) known(ctx context.Context, spec Spec) (map[string]madeLayer, error) {
	if !r.remembers {
		return nil, nil
	}
	commits, branches := spec.neighbours()
	for _, tag := range append(commits, branches...) {
		found, err := r.manifest(ctx, r.Tag(tag))
		if err != nil {
			return nil, err
		}
		if found != nil {
			return r.layersOfVolumes(ctx, found)
		}
	}
	return nil, nil
}

func (r registryVolumes) layersOfVolumes(ctx context.Context, image *remote.Descriptor) (map[string]madeLayer, error) {
	earlier, err := describe(Spec{}, image.Manifest, image.Digest)
	if err != nil {
		return nil, err
	}
	known := map[string]madeLayer{}
	for _, volume := range earlier.Volumes {
		found, err := r.manifest(ctx, r.Digest(volume.Digest))
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue // removed since
		}
		var m v1.Manifest
		if err := json.Unmarshal(found.Manifest, &m); err != nil {
			return nil, fmt.Errorf("reading manifest %s: %w", found.Digest, err)
		}
		for key, layer := range knownLayers(m.Layers) {
			known[key] = layer
		}
	}
	return known, nil
}

func (r registryVolumes) layer(ctx context.Context, layer *packed) error {
	return r.pushLayer(ctx, layer)
}

func (r registryVolumes) image(ctx context.Context, tag string, made *assembled) error {
	if err := r.upload(ctx, made); err != nil {
		return err
	}
	return r.put(ctx, tag, made)
}

// layoutVolumes makes every volume and writes it beside its image.
type layoutVolumes struct {
	discarded
	dir layoutDir
}

func (l layoutVolumes) layer(_ context.Context, layer *packed) error {
	return l.dir.blob(layer.digest, layer.content.size, func() (io.ReadCloser, error) { return layer.Compressed() })
}

func (l layoutVolumes) image(ctx context.Context, tag string, made *assembled) error {
	return l.dir.add(ctx, nil, made, tag)
}

// discarded makes every volume and keeps none: it tells their digests.
type discarded struct{}

func (discarded) find(context.Context, string) (*remote.Descriptor, error)  { return nil, nil }
func (discarded) known(context.Context, Spec) (map[string]madeLayer, error) { return nil, nil }
func (discarded) layer(context.Context, *packed) error                      { return nil }
func (discarded) image(context.Context, string, *assembled) error           { return nil }
