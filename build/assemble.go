package build

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// maxLayers is how many layers every engine takes: Docker refuses 126.
const maxLayers = 125

func tooManyLayers(n int) error {
	return fmt.Errorf("the image would have %d layers, Docker takes %d: the base has too many", n, maxLayers)
}

// madeLayer is one layer of ours in an image: known from a neighbour's
// manifest, or packed just now.
type madeLayer struct {
	kind           Kind
	key            string
	digest, diffID v1.Hash
	size           int64
	mediaType      types.MediaType
	names          []string
	command        string  // what made it, of a KindFinish
	fresh          bool    // a builder made it just now
	content        *packed // nil where the registry has the bytes
}

func madeFrom(p *packed) madeLayer {
	return madeLayer{
		kind: p.Kind, key: p.Key, digest: p.digest, diffID: p.diffID,
		size: p.content.size, mediaType: p.media, names: p.Names, content: p,
	}
}

func (l madeLayer) descriptor() v1.Descriptor {
	notes := map[string]string{noteLayer: string(l.kind), noteKey: l.key, noteDiffID: l.diffID.String()}
	if l.kind == KindData && len(l.names) > 0 {
		notes[noteData] = strings.Join(l.names, ",")
	}
	return v1.Descriptor{MediaType: l.mediaType, Size: l.size, Digest: l.digest, Annotations: notes}
}

// assembled is an image whose bytes are all known.
type assembled struct {
	spec             Spec
	base             baseImage
	layers           []madeLayer // ours, above the base's
	manifest, config []byte
	digest           v1.Hash
	configDescriptor v1.Descriptor
}

// assemble writes config and manifest.
func assemble(spec Spec, base baseImage, layers []madeLayer, volumes []Volume) (*assembled, error) {
	if n := len(base.layers) + len(layers); n > maxLayers {
		return nil, tooManyLayers(n)
	}
	notes := spec.facts()
	if len(volumes) > 0 {
		text, err := json.Marshal(volumes)
		if err != nil {
			return nil, fmt.Errorf("encoding volumes: %w", err)
		}
		notes[noteVolumes] = string(text)
	}
	a := &assembled{spec: spec, base: base, layers: layers}
	return a, a.encode(imageConfig(spec, base, layers), notes)
}

// encode writes config and manifest.
func (a *assembled) encode(config *v1.ConfigFile, notes map[string]string) (err error) {
	if a.config, err = json.Marshal(config); err != nil {
		return fmt.Errorf("encoding image config: %w", err)
	}
	a.configDescriptor = v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(a.config))}
	if a.configDescriptor.Digest, _, err = v1.SHA256(bytes.NewReader(a.config)); err != nil {
		return err
	}
	manifest := v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1,
		Config: a.configDescriptor, Layers: a.base.descriptors(), Annotations: notes,
	}
	for _, l := range a.layers {
		manifest.Layers = append(manifest.Layers, l.descriptor())
	}
	if a.manifest, err = json.Marshal(manifest); err != nil {
		return fmt.Errorf("encoding manifest: %w", err)
	}
	a.digest, _, err = v1.SHA256(bytes.NewReader(a.manifest))
	return err
}

// RawManifest makes an assembled image something that can be put under a tag.
func (a *assembled) RawManifest() ([]byte, error) { return a.manifest, nil }

// MediaType is the manifest's.
func (a *assembled) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// image is the published image as callers see it.
func (a *assembled) image() (Image, error) {
	image, err := describe(a.spec, a.manifest, a.digest)
	if err != nil {
		return Image{}, err
	}
	image.How = Built
	layers := image.Manifests[0].Layers
	for i := range layers {
		ours := i - len(a.base.layers)
		if ours < 0 {
			layers[i].DiffID = a.base.config.RootFS.DiffIDs[i].String()
		}
		layers[i].Reused = ours < 0 || a.layers[ours].content == nil && !a.layers[ours].fresh
	}
	return image, nil
}

// close gives up the packed layers' bytes.
func (a *assembled) close() { closeLayers(a.layers) }

func closeLayers(layers []madeLayer) {
	for _, l := range layers {
		if l.content != nil {
			l.content.close()
		}
	}
}
