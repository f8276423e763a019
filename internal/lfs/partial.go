package lfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"gantline.dev/gantline/internal/filelock"
)

// partial is a content that is coming: a file under a name of its own, locked
// while a process writes it. The lock ends with the process; what it wrote is
// gone on with by the next.
type partial struct {
	Object
	file   *os.File
	path   string
	have   int64 // bytes that are there
	digest hash.Hash
}

// turn is how often a process looks whether the one that is fetching the same
// object is done.
const turn = 100 * time.Millisecond

// begin takes the turn for an object. There is no partial where another
// process has brought the object meanwhile.
func (s *Store) begin(ctx context.Context, o Object) (*partial, error) {
	path := s.partialPath(o.OID)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making the store of LFS objects: %w", err)
	}
	for {
		file, err := filelock.Open(path)
		if err != nil && !errors.Is(err, filelock.ErrHeld) {
			return nil, fmt.Errorf("beginning LFS object %s: %w", short(o.OID), err)
		}
		here := s.holds(o)
		switch {
		case here && file != nil:
			// Made a moment after the other one was done.
			os.Remove(path)
			file.Close()
			return nil, nil
		case here:
			return nil, nil
		case file != nil:
			return resume(ctx, o, file)
		}
		if err := pause(ctx, turn); err != nil {
			return nil, err
		}
	}
}

func (s *Store) partialPath(oid string) string { return filepath.Join(s.dir, "partial", oid) }

// resume reads what an earlier process left.
func resume(ctx context.Context, o Object, file *os.File) (*partial, error) {
	p := &partial{Object: o, file: file, path: file.Name(), digest: sha256.New()}
	info, err := file.Stat()
	if err == nil && info.Size() > o.Size {
		err = p.restart()
	}
	if err == nil && info.Size() <= o.Size {
		p.have, err = io.Copy(p.digest, reader{ctx, file})
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("reading what there is of LFS object %s: %w", short(o.OID), err)
	}
	return p, nil
}

// restart forgets what has come.
func (p *partial) restart() error {
	p.have = 0
	p.digest.Reset()
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

// Write appends what has come. A full disk is ErrNoSpace.
func (p *partial) Write(data []byte) (int, error) {
	n, err := p.file.Write(data)
	p.digest.Write(data[:n])
	p.have += int64(n)
	if err != nil {
		return n, noSpace(fmt.Errorf("writing LFS object %s: %w", short(p.OID), err))
	}
	return n, nil
}

// whole says whether what has come is the content.
func (p *partial) whole() bool {
	return p.have == p.Size && hex.EncodeToString(p.digest.Sum(nil)) == p.OID
}

// finish gives the content its name.
func (p *partial) finish(path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.Rename(p.path, path)
	}
	if err == nil {
		p.path = ""
		// After the rename: a partial file must stay open to writing.
		err = p.file.Chmod(0o444)
	}
	if err != nil {
		return noSpace(fmt.Errorf("keeping LFS object %s: %w", short(p.OID), err))
	}
	return nil
}

// discard removes what has come; an object that can't be had leaves nothing.
func (p *partial) discard() {
	os.Remove(p.path)
	p.path = ""
}

// close ends the turn. What has come stays.
func (p *partial) close() {
	if p.path != "" && p.have == 0 {
		os.Remove(p.path)
	}
	p.file.Close()
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}
