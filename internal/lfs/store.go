package lfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"gantline.dev/gantline/internal/gitrepo"
)

// Store is a directory of contents, each in a file that is named by its digest.
// A file has that name only once it is whole. Any number of processes may use
// one directory, and any number of goroutines one Store.
type Store struct {
	dir   string
	local gitrepo.LFSPath

	mu       sync.Mutex
	verified map[string]bool // the OIDs that local was found to have, whole
}

// NewStore is the store in a directory, which is made when something is
// written. Contents that local has, the store of Git LFS in the repository, are
// used where they are; it may be nil.
func NewStore(dir string, local gitrepo.LFSPath) *Store {
	return &Store{dir: dir, local: local, verified: map[string]bool{}}
}

// ErrAbsent is an object that is neither in the store nor in the repository.
var ErrAbsent = errors.New("not on this machine; fetch it first")

// Open streams a content and gives its size in bytes. Reading ends with an
// error where the content isn't what its name says. An object that isn't here
// is ErrAbsent.
func (s *Store) Open(oid string) (io.ReadCloser, int64, error) {
	if err := checkOID(oid); err != nil {
		return nil, 0, err
	}
	rc, size, err := openContent(s.path(oid), oid)
	if errors.Is(err, fs.ErrNotExist) && s.local != nil {
		rc, size, err = openContent(s.local(oid), oid)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrAbsent
	}
	if err != nil {
		return nil, 0, fmt.Errorf("opening LFS object %s: %w", short(oid), err)
	}
	return rc, size, nil
}

// path is where the store keeps an object.
func (s *Store) path(oid string) string {
	return filepath.Join(s.dir, "objects", oid[:2], oid[2:4], oid)
}

// has says whether an object needn't be fetched. A file of the store was
// checked when it was written, one of the repository is read once.
func (s *Store) has(ctx context.Context, o Object) (bool, error) {
	if s.holds(o) {
		return true, nil
	}
	if s.local == nil || !isFile(s.local(o.OID), o.Size) {
		return false, nil
	}
	s.mu.Lock()
	known := s.verified[o.OID]
	s.mu.Unlock()
	if known {
		return true, nil
	}
	if err := verify(ctx, s.local(o.OID), o.OID); err != nil {
		// Unreadable or damaged: the server's is fetched instead.
		return false, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.verified[o.OID] = true
	return true, nil
}

// holds says whether the store itself has an object.
func (s *Store) holds(o Object) bool { return isFile(s.path(o.OID), o.Size) }

func isFile(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == size
}

// verify reads a file and compares its digest.
func verify(ctx context.Context, path, oid string) error {
	rc, _, err := openContent(path, oid)
	if err != nil {
		return err
	}
	defer rc.Close()
	_, err = io.Copy(io.Discard, reader{ctx, rc})
	return err
}

// content is a file that must have a digest.
type content struct {
	file   *os.File
	oid    string
	digest hash.Hash
}

// openContent opens a file whose content must have a digest.
func openContent(path, oid string) (*content, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%q is not a file", path)
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return &content{file, oid, sha256.New()}, info.Size(), nil
}

// Read implements io.Reader. In the place of io.EOF stands an error where the
// digest is another one.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.digest.Write(p[:n])
	if errors.Is(err, io.EOF) && hex.EncodeToString(c.digest.Sum(nil)) != c.oid {
		err = fmt.Errorf("reading LFS object %s: the content of %q is damaged; remove that file and run again", short(c.oid), c.file.Name())
	}
	return n, err
}

// Close implements io.Closer.
func (c *content) Close() error { return c.file.Close() }
