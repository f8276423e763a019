package build

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// Cache keeps small content-addressed blobs: the manifest and config of an
// environment don't change, so they are asked for once. Losing an entry costs
// a request.
type Cache interface {
	// Get is the content with the digest sha256:….
	Get(digest string) ([]byte, bool)
	// Put keeps the content, if it can.
	Put(digest string, content []byte)
}

// DirCache keeps blobs as files of a directory, which several processes may
// share. A file whose content is not what its name says is not believed.
type DirCache struct{ Dir string }

// Get implements Cache.
func (c DirCache) Get(digest string) ([]byte, bool) {
	content, err := os.ReadFile(c.path(digest))
	if err != nil {
		return nil, false
	}
	sum := sha256.Sum256(content)
	return content, "sha256:"+hex.EncodeToString(sum[:]) == digest
}

// Put implements Cache. A cache that can't be written is no reason to fail.
func (c DirCache) Put(digest string, content []byte) {
	if os.MkdirAll(c.Dir, 0o755) != nil {
		return
	}
	file, err := os.CreateTemp(c.Dir, ".new-*")
	if err != nil {
		return
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		_ = os.Rename(file.Name(), c.path(digest))
	}
}

func (c DirCache) path(digest string) string {
	return filepath.Join(c.Dir, filepath.Base(strings.ReplaceAll(digest, ":", "-")))
}
