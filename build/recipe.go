package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
)

// Recipe is a layer before its bytes exist: what it is, what it is a function
// of, and how it is written.
type Recipe struct {
	Kind Kind
	// Key is equal for two recipes exactly when their layers' bytes are.
	Key string
	// Names are what gantline.yaml calls the data in the layer, or the packages
	// that are in it, each with its version. They are no part of its bytes.
	Names []string
	// compression is how the layer is compressed.
	compression Compression
	// write adds the layer's entries. It runs only when no layer with the key
	// is at hand.
	write func(ctx context.Context, w *layerTar) error
}

// Source makes the recipes of what a commit brings, lowest layers first. Where
// a Spec has no files there is no layer.
type Source interface {
	// Data is the layers of contents that lie outside the code.
	Data(spec Spec) []Recipe
	// Volumes are the images of contents that are no layers. The OIDs are known.
	Volumes(spec Spec) ([]VolumeRecipe, error)
	// Code is the layers of the code's directory.
	Code(spec Spec) ([]Recipe, error)
	// Whole is the same with all of a Spec's code in one layer.
	Whole() Source
}

// recipes is all layers of ours that lie on the base, lowest first. A layer
// that changes less often lies lower: nodes unpack again what lies above a
// changed one.
func recipes(spec Spec, code Source) ([]Recipe, error) {
	var all []Recipe
	if spec.Base.Scratch() {
		all = append(all, homeRecipe(spec))
	}
	all = append(all, code.Data(spec)...)
	all = append(all, stepRecipe(spec.Step), floorRecipe(spec))
	rungs, err := code.Code(spec)
	if err != nil {
		return nil, err
	}
	return append(all, rungs...), nil
}

// keyHash makes a layer's key from fields. Each field is written with its
// length, so that no two lists of fields look alike.
type keyHash struct{ sum hash.Hash }

func newKey(kind Kind) keyHash {
	k := keyHash{sha256.New()}
	k.add("gantline layer", strconv.Itoa(Format), string(kind))
	return k
}

func (k keyHash) add(fields ...string) {
	for _, field := range fields {
		fmt.Fprintf(k.sum, "%d:%s", len(field), field)
	}
}

// String is the key; 32 hexadecimal digits tell all layers of a repository
// apart.
func (k keyHash) String() string { return hex.EncodeToString(k.sum.Sum(nil)[:16]) }
