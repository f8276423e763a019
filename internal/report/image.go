package report

import (
	"encoding/json"
	"fmt"
	"io"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
)

// Image is an image as `gantline image` shows it.
type Image struct {
	// Name is its key in gantline.yaml, or the reference that it was asked for by.
	Name string
	// View is nil for an image that is not built.
	View *build.View
	// Inputs is what each layer is made from, lowest first; "" for what nobody
	// knows.
	Inputs []string
	// Against is nil where no other image was named.
	Against *ImageAgainst
	// Inside is nil where no layer was read.
	Inside *build.Inside
}

// ImageAgainst is what the image costs a node that has another one.
type ImageAgainst struct {
	// Name is the other image as people write it: its commit, or a reference.
	Name string `json:"name"`
	// Digest is the other image's.
	Digest string `json:"digest"`
	build.Pull
	// Each is what the node does for each layer, lowest first.
	Each []build.LayerPull `json:"each"`
	// Volumes is what the node does for each volume.
	Volumes []build.VolumePull `json:"volumes,omitempty"`
}

// bytes is all that the node downloads.
func (a ImageAgainst) bytes() int64 { return a.Bytes + a.ofVolumes() }

func (a ImageAgainst) ofVolumes() int64 {
	var sum int64
	for _, v := range a.Volumes {
		sum += v.Bytes
	}
	return sum
}

// sentence is the cost in words.
func (a ImageAgainst) sentence() string {
	text := fmt.Sprintf("a node with %s downloads %s in %s and unpacks %s", a.Name,
		diag.Size(a.Bytes), count(a.Layers, "layer", "layers"), count(a.Unpacked, "layer", "layers"))
	if len(a.Volumes) > 0 {
		text += fmt.Sprintf("; of its volumes it downloads %s", diag.Size(a.ofVolumes()))
	}
	return text
}

// imageJSON is an image in the JSON answer. What an image has that is not built
// is its name.
type imageJSON struct {
	Name  string `json:"name"`
	Built bool   `json:"built"`
	*imageFactsJSON
}

type imageFactsJSON struct {
	Repository string        `json:"repository"`
	Tag        string        `json:"tag,omitempty"`
	Digest     string        `json:"digest"`
	Platform   string        `json:"platform"`
	Origin     *build.Origin `json:"origin,omitempty"`
	Format     int           `json:"format"`
	Base       string        `json:"base,omitempty"`
	User       string        `json:"user,omitempty"`
	Dir        string        `json:"dir,omitempty"`
	Size       int64         `json:"size"`
	Layers     []layerJSON   `json:"layers"`
	Volumes    []volumeJSON  `json:"volumes,omitempty"`
	Against    *ImageAgainst `json:"against,omitempty"`
	Inside     *build.Inside `json:"inside,omitempty"`
}

type volumeJSON struct {
	build.Volume
	Ref string `json:"ref"`
}

type layerJSON struct {
	Kind      build.Kind `json:"kind"`
	From      string     `json:"from,omitempty"`
	Key       string     `json:"key,omitempty"`
	Digest    string     `json:"digest"`
	DiffID    string     `json:"diffID,omitempty"`
	Size      int64      `json:"size"`
	MediaType string     `json:"mediaType"`
}

// ImagesJSON writes images as one JSON document.
func ImagesJSON(w io.Writer, images []Image) error {
	doc := struct {
		APIVersion string      `json:"apiVersion"`
		Kind       string      `json:"kind"`
		Images     []imageJSON `json:"images"`
	}{"gantline.dev/v1", "Images", make([]imageJSON, 0, len(images))}
	for _, image := range images {
		one := imageJSON{Name: image.Name, Built: image.View != nil}
		if image.View != nil {
			one.imageFactsJSON = factsJSON(image)
		}
		doc.Images = append(doc.Images, one)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

func factsJSON(image Image) *imageFactsJSON {
	v := image.View
	facts := &imageFactsJSON{
		Repository: v.Repository, Tag: v.Tag, Digest: v.Digest, Platform: platformOf(v), Format: v.Format,
		Base: v.Base, User: v.User, Dir: v.Dir, Size: v.Bytes(), Against: image.Against, Inside: image.Inside,
		Layers: make([]layerJSON, 0, len(v.Layers())),
	}
	if v.Origin.Commit != "" {
		facts.Origin = &v.Origin
	}
	for i, l := range v.Layers() {
		facts.Layers = append(facts.Layers, layerJSON{
			Kind: l.Kind, From: image.Inputs[i], Key: l.Key, Digest: l.Digest, DiffID: l.DiffID, Size: l.Size, MediaType: l.MediaType,
		})
	}
	for _, volume := range v.Volumes {
		facts.Volumes = append(facts.Volumes, volumeJSON{volume, v.VolumeRef(volume)})
	}
	return facts
}

// platformOf is what an image is for, as os/arch.
func platformOf(v *build.View) string {
	if len(v.Manifests) == 0 {
		return ""
	}
	return v.Manifests[0].Platform
}
