package build

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/stargz-snapshotter/estargz"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// describe reads an Image from its manifest alone: the annotations hold what
// Gantline wrote. An index lists its manifests without their layers.
func describe(spec Spec, raw []byte, digest v1.Hash) (Image, error) {
	var m struct {
		v1.Manifest
		Manifests []v1.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return Image{}, fmt.Errorf("reading manifest %s: %w", digest, err)
	}
	image := Image{
		Name: spec.Name, Repository: spec.Repository, Tag: spec.Commit, Digest: digest.String(),
		Origin: origin(m.Annotations), Format: formatOf(m.Annotations),
	}
	if m.MediaType.IsIndex() || len(m.Manifests) > 0 {
		for _, d := range m.Manifests {
			image.Manifests = append(image.Manifests, Manifest{Platform: platformText(d.Platform), Digest: d.Digest.String()})
		}
		return image, nil
	}
	var err error
	if image.Volumes, err = volumesOf(m.Annotations); err != nil {
		return Image{}, fmt.Errorf("reading manifest %s: %w", digest, err)
	}
	p, err := spec.platform()
	if err != nil {
		return Image{}, err
	}
	image.Manifests = []Manifest{{Platform: p.String(), Digest: digest.String(), Layers: layersOf(m.Layers)}}
	return image, nil
}

func platformText(p *v1.Platform) string {
	if p == nil {
		return ""
	}
	return p.String()
}

// origin is what the manifest names.
func origin(notes map[string]string) Origin {
	o := Origin{Commit: notes[labelRevision]}
	if at, err := time.Parse(time.RFC3339, notes[labelCreated]); err == nil {
		o.Time = at
	}
	return o
}

func formatOf(notes map[string]string) int {
	n, err := strconv.Atoi(notes[labelFormat])
	if err != nil {
		return 0 // not written by Gantline
	}
	return n
}

func layersOf(descriptors []v1.Descriptor) []Layer {
	layers := make([]Layer, 0, len(descriptors))
	for _, d := range descriptors {
		kind := Kind(d.Annotations[noteLayer])
		if kind == "" {
			kind = KindBase
		}
		layers = append(layers, Layer{
			Kind: kind, Key: d.Annotations[noteKey], Digest: d.Digest.String(),
			DiffID: d.Annotations[noteDiffID], Size: d.Size, MediaType: string(d.MediaType), Reused: true,
			TOC:  d.Annotations[estargz.TOCJSONDigestAnnotation],
			Data: strings.FieldsFunc(d.Annotations[noteData], func(r rune) bool { return r == ',' }),
		})
	}
	return layers
}

// layerTypes are those of layers that we write.
func layerTypes() []types.MediaType {
	return []types.MediaType{types.OCILayer, types.OCILayerZStd, types.OCIUncompressedLayer}
}

// knownLayers are the layers of ours in a manifest by key, as far as they say
// all that a new manifest needs.
func knownLayers(descriptors []v1.Descriptor) map[string]madeLayer {
	known := map[string]madeLayer{}
	for _, d := range descriptors {
		key := d.Annotations[noteKey]
		diffID, err := v1.NewHash(d.Annotations[noteDiffID])
		if key == "" || err != nil || !slices.Contains(layerTypes(), d.MediaType) {
			continue
		}
		known[key] = madeLayer{
			kind: Kind(d.Annotations[noteLayer]), key: key, digest: d.Digest,
			diffID: diffID, size: d.Size, mediaType: d.MediaType,
		}
	}
	return known
}
