package build

import "slices"

// Image is a published image.
type Image struct {
	// Name is the key under gantline.yaml's images.
	Name string `json:"name"`
	// Repository is registry/project/name.
	Repository string `json:"repository"`
	// Tag is the commit's.
	Tag string `json:"tag"`
	// Digest is what objects are pinned to, sha256:….
	Digest string `json:"digest"`
	// Origin is the commit that the image belongs to.
	Origin Origin `json:"origin"`
	// Format is the encoding that the image was written with; 0 for an image
	// that Gantline did not make.
	Format int `json:"format"`
	// How says what it took to have the image.
	How How `json:"how"`
	// Manifests holds one manifest a platform.
	Manifests []Manifest `json:"manifests"`
	// Volumes are the images that its pods mount, by name.
	Volumes []Volume `json:"volumes,omitempty"`
	// Moved is what went over the network for this build.
	Moved Moved `json:"moved"`
}

// Ref is the image pinned by digest: repository@sha256:….
func (i Image) Ref() string { return i.Repository + "@" + i.Digest }

// How is what it took to answer a Build.
type How string

// The ways to have an image, cheapest first.
const (
	Found  How = "found"  // the commit's tag existed
	Tagged How = "tagged" // the origin's image got the commit's tag
	Built  How = "built"  // layers were made
)

// Manifest is the image for one platform.
type Manifest struct {
	Platform string `json:"platform"`
	Digest   string `json:"digest"`
	// Layers are in the order that they lie on each other, lowest first.
	Layers []Layer `json:"layers"`
}

// Layer is one layer of a manifest.
type Layer struct {
	Kind Kind `json:"kind"`
	// Key is what the layer is a function of; empty for the environment's.
	Key       string `json:"key,omitempty"`
	Digest    string `json:"digest"`
	DiffID    string `json:"diffID,omitempty"`
	Size      int64  `json:"size"` // compressed bytes
	MediaType string `json:"mediaType"`
	// Data is the names of the data in the layer.
	Data []string `json:"data,omitempty"`
	// TOC is the digest of an eStargz layer's table of contents; empty for others.
	TOC string `json:"-"`
	// Reused says that neither its bytes were made nor moved.
	Reused bool `json:"reused"`
}

// Kind says what a layer is for.
type Kind string

// The kinds of layers, lowest first.
const (
	KindBase   Kind = "base"   // of the base image
	KindSystem Kind = "system" // Debian packages
	KindPython Kind = "python" // Python packages, and the virtual environment
	KindSetup  Kind = "setup"  // what a set-up command did
	KindUser   Kind = "user"   // the user's passwd entry and home directory

	KindHome  Kind = "home"  // passwd, home directory and /tmp of an image on scratch
	KindData  Kind = "data"  // contents outside the code: of Git LFS, or named as data
	KindStep  Kind = "step"  // gantline-step
	KindFloor Kind = "floor" // the code directory, empty
	KindCode  Kind = "code"  // a rung of the ladder: files of the commit

	KindFinish Kind = "finish" // what a command made of the code
	KindVolume Kind = "volume" // no layer: data in an image of its own
)

// OfEnvironment says whether a layer is of the environment, which the code's
// layers lie on.
func (k Kind) OfEnvironment() bool {
	return slices.Contains([]Kind{KindBase, KindSystem, KindPython, KindSetup, KindUser}, k)
}

// Text is the kind as people read it.
func (k Kind) Text() string {
	switch k {
	case KindSystem:
		return "system packages"
	case KindPython:
		return "Python packages"
	case KindStep:
		return "gantline-step"
	case KindFloor:
		return "directory"
	}
	return string(k)
}

// Moved counts what a build sent over the network and received.
type Moved struct {
	Requests int64 `json:"requests"`
	// Sent is bytes of request bodies: blobs and manifests.
	Sent int64 `json:"sent"`
	// Received is bytes of response bodies.
	Received int64 `json:"received"`
}
