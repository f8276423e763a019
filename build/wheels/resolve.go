package wheels

import (
	"context"

	"gantline.dev/gantline/internal/diag"
)

// Kind is what an archive is.
type Kind string

// A KindWheel is unpacked as it is; a KindSDist must be built to a wheel first.
const (
	KindWheel Kind = "wheel"
	KindSDist Kind = "sdist"
)

// Archive is a file to install for one package.
type Archive struct {
	// Name is the package's, normalized.
	Name string
	// Version is the archive's own, which may have a local part (+cu128) that the
	// lock's lacks.
	Version string
	// File is its name: "idna-3.10-py3-none-any.whl".
	File string
	// URL is where it is, without login.
	URL string
	// SHA256 is in hex.
	SHA256 string
	// Size is in bytes; 0 is unknown.
	Size int64
	Kind Kind
	// Pos is the lock's entry.
	Pos diag.Position
}

// Resolve chooses the archive of each package whose marker holds for the
// target, in the lock's order: of the files whose hash the lock names the one
// that pip would take. Problems are the user's to mend, each at the place of the
// lock; the error is of the index.
func Resolve(ctx context.Context, index Index, target Target, locked []Locked) ([]Archive, []diag.Problem, error) {
	return nil, nil, nil
}
