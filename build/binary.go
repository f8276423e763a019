package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// Binary is a program that goes into an image, identified by its content.
type Binary struct {
	// Digest is sha256:… of the content.
	Digest string
	// Size is in bytes.
	Size int64
	// Open reads the content; it is called only when the registry lacks the
	// layer.
	Open func() (io.ReadCloser, error)
}

// BinaryBytes is a program held in memory.
func BinaryBytes(content []byte) Binary {
	sum := sha256.Sum256(content)
	return Binary{
		Digest: "sha256:" + hex.EncodeToString(sum[:]),
		Size:   int64(len(content)),
		Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content)), nil
		},
	}
}

// BinaryFile is the program in a file. The file is read once now, for its
// digest, and must not change before the build ends.
func BinaryFile(path string) (Binary, error) {
	file, err := os.Open(path)
	if err != nil {
		return Binary{}, fmt.Errorf("reading binary: %w", err)
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return Binary{}, fmt.Errorf("reading binary %q: %w", path, err)
	}
	return Binary{
		Digest: "sha256:" + hex.EncodeToString(hash.Sum(nil)),
		Size:   size,
		Open:   func() (io.ReadCloser, error) { return os.Open(path) },
	}, nil
}
