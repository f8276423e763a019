package build

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// layerIndex is what a layer's tar holds, in its order, contents by their hash.
type layerIndex struct{ entries []layerEntry }

// layerEntry is one entry of a layer.
type layerEntry struct {
	kind entryKind
	// path is relative to the root and clean; it never leads out of it.
	path string
	// mode is the bits of chmod.
	mode uint32
	// size is the bytes of a file's content, as they lie in the tar.
	size int64
	// content is the beginning of the SHA-256 of a file's content; zero for
	// none, and for a sparse file.
	content contentHash
	// target is the path that a hard link is another name of.
	target string
}

type contentHash [16]byte

type entryKind byte

const (
	fileEntry entryKind = iota + 1
	dirEntry
	symlinkEntry
	hardLinkEntry
	otherEntry    // a device, a pipe
	whiteoutEntry // nothing of lower layers is at the path
	opaqueEntry   // nothing of lower layers is in the directory
)

// What a layer may have at most: more is no image, and would not fit in memory.
const (
	maxEntries   = 2 << 20
	maxPathBytes = 4095 // what Linux takes
	maxNameBytes = 256 << 20
	maxWindow    = 128 << 20 // of zstd
)

// indexLayer reads a layer's tar, plain or compressed by gzip or zstd, as its
// first bytes say: media types lie, and engines look at the bytes too. Contents
// are hashed while they pass.
func indexLayer(r io.Reader) (layerIndex, error) {
	plain, closePlain, err := decompressed(r)
	if err != nil {
		return layerIndex{}, err
	}
	defer closePlain()
	return newLayerScan(plain).run()
}

// decompressed is the tar in a stream.
func decompressed(r io.Reader) (plain io.Reader, closePlain func(), err error) {
	buffered := bufio.NewReaderSize(r, 1<<20)
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		unzip, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, nil, err
		}
		return unzip, func() {}, nil
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		unzip, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, nil, err
		}
		return unzip, unzip.Close, nil
	}
	return buffered, func() {}, nil
}

// layerScan collects the entries of a tar.
type layerScan struct {
	plain  *countedReader
	tar    *tar.Reader
	buffer []byte
	index  layerIndex
	most   int   // entries
	names  int64 // bytes of all paths
	// sparse is where the last entry's content begins, where it has holes.
	sparse int64
}

func newLayerScan(plain io.Reader) *layerScan {
	counted := &countedReader{from: plain, most: -1}
	return &layerScan{plain: counted, tar: tar.NewReader(counted), buffer: make([]byte, 256<<10), most: maxEntries}
}

func (s *layerScan) run() (layerIndex, error) {
	for {
		header, err := s.tar.Next()
		s.endSparse()
		switch {
		case errors.Is(err, io.EOF):
			return s.index, nil
		case err != nil:
			return layerIndex{}, err
		}
		if err := s.add(header); err != nil {
			return layerIndex{}, err
		}
	}
}

func (s *layerScan) add(header *tar.Header) error {
	entry, ok := entryOf(header)
	if !ok {
		return nil
	}
	if entry.kind == fileEntry {
		if err := s.hash(header, &entry); err != nil {
			return fmt.Errorf("reading %q: %w", entry.path, err)
		}
	}
	return s.keep(entry)
}

// keep adds an entry, where that is not one too many.
func (s *layerScan) keep(entry layerEntry) error {
	s.names += int64(len(entry.path) + len(entry.target))
	switch {
	case len(s.index.entries) >= s.most:
		return fmt.Errorf("it has more than %d entries", s.most)
	case len(entry.path) > maxPathBytes:
		return fmt.Errorf("a path in it has %d bytes, Linux takes %d", len(entry.path), maxPathBytes)
	case s.names > maxNameBytes:
		return fmt.Errorf("its paths take more than %d bytes", maxNameBytes)
	}
	s.index.entries = append(s.index.entries, entry)
	return nil
}

// hash reads a file's content. That of a sparse file is left: its holes may be
// of any length. What lies in the tar of it is known where it ends.
func (s *layerScan) hash(header *tar.Header, entry *layerEntry) error {
	switch {
	case header.Size == 0:
		return nil
	case isSparse(header):
		s.sparse = s.plain.n
		return nil
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, struct{ io.Reader }{s.tar}, s.buffer)
	if entry.size = n; n > 0 {
		copy(entry.content[:], sum.Sum(nil))
	}
	return err
}

func (s *layerScan) endSparse() {
	if s.sparse == 0 {
		return
	}
	last := &s.index.entries[len(s.index.entries)-1]
	last.size = min(last.size, s.plain.n-s.sparse)
	s.sparse = 0
}

func isSparse(header *tar.Header) bool {
	if header.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

const (
	whiteoutMeta   = whiteout + whiteout // begins what only engines of old read
	whiteoutOpaque = whiteoutMeta + ".opq"
)

// entryOf is a header as an entry; false for one that makes nothing.
func entryOf(header *tar.Header) (layerEntry, bool) {
	entry := layerEntry{path: cleanPath(header.Name), mode: uint32(header.Mode) & 0o7777}
	if entry.path == "" {
		return entry, false // the root itself
	}
	dir, base := path.Split(entry.path)
	dir = strings.TrimSuffix(dir, "/")
	switch gone := strings.TrimPrefix(base, whiteout); {
	case base == whiteoutOpaque:
		return layerEntry{kind: opaqueEntry, path: dir}, true
	case strings.HasPrefix(base, whiteoutMeta), base == whiteout, gone == "." && base != gone, gone == ".." && base != gone:
		return entry, false
	case base != gone:
		return layerEntry{kind: whiteoutEntry, path: path.Join(dir, gone)}, true
	}
	switch header.Typeflag {
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		entry.kind, entry.size = fileEntry, header.Size
	case tar.TypeDir:
		entry.kind = dirEntry
	case tar.TypeSymlink:
		entry.kind = symlinkEntry
	case tar.TypeLink:
		entry.kind, entry.target = hardLinkEntry, cleanPath(header.Linkname)
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		entry.kind = otherEntry
	default:
		return entry, false
	}
	return entry, true
}

// cleanPath is a name as engines take it: below the root whatever it says.
func cleanPath(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// countedReader counts what is read, and stops a stream that goes on for longer
// than it should.
type countedReader struct {
	from     io.Reader
	n, most  int64 // most is negative for any length
	progress func(n int)
}

var errTooLong = errors.New("it is longer than its manifest says")

// Read implements io.Reader.
func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	if c.progress != nil && n > 0 {
		c.progress(n)
	}
	if c.most >= 0 && c.n > c.most {
		return n, errTooLong
	}
	return n, err
}

// drain reads what follows the tar, so that the digest of all of it is checked.
func (c *countedReader) drain() error {
	_, err := io.Copy(io.Discard, c)
	return err
}
