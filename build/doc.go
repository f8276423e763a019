// Package build makes the image of a commit and publishes it: a commit's files
// go in as values, an image's digest comes out.
//
// A newcomer starts at Spec, which is all that an image is made of, and at
// Builder, which has one method. NewPublisher is the Builder that makes and
// pushes an image; Existing, Limit and Record decorate any Builder:
//
//	publisher := build.NewPublisher(remote, build.Options{Source: build.WholeTree(blobs, nil)})
//	image, err := build.Existing(publisher, remote).Build(ctx, spec)
//
// # An image belongs to its content
//
// The image of a commit is that of its origin: the oldest commit that the
// image is the same for. So labels and times name the origin, a commit that
// changes only documentation costs one tag, and a commit's tag, once there, is
// the answer and is never moved.
//
// # Layers
//
// From the bottom: the environment's layers (or, for base "scratch", home: a
// passwd file, a home directory and /tmp), data (contents of Git LFS and large
// files, by content), gantline-step, the floor (the code directory, emptied of
// what the environment left in it), the code, and what commands that need the
// code made of it (Finish; a builder runs those). Each layer of ours is a pure
// function of its Recipe's key, which its descriptor carries as an annotation together with its diff id: a build of the next
// commit reads one manifest and reuses every layer whose key is equal, without
// reading a blob. Code is written straight from git objects, without a
// checkout.
//
// # The ladder
//
// A Source makes the layers of data and code. NewLadder's code is rungs: the
// lowest has all files of an earlier commit, each next one the difference to
// the one below, the topmost the commit's. Anchors says which commits those
// are. Links to data are a rung below all others, for what an old commit's data
// held is looked up for no layer. A rung's key is made of what it adds and
// removes, so that it is the same rung in every image that has this difference in it, whatever the rules were
// that chose the files.
//
// # Bytes that don't move
//
// Environment and code live in one repository under different tags, so the
// environment's layers are never pulled nor pushed. What a layer's bytes
// depend on (tar headers, times, compressor) is fixed; golden digests in the
// tests fail when a dependency's update would move a byte, and a moved byte is
// a new Format.
package build

// Format is the number of the encoding that this package writes: of layers,
// their keys and the config. It changes when the same input would give other
// bytes.
const Format = 4
