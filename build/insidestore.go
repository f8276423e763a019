package build

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// indexMagic begins the file of an index. Another meaning of what follows needs
// another number.
const indexMagic = "gantline layer index 1\n"

// loadIndex is what an earlier call kept of a layer; false where there is
// nothing, or nothing that can be believed.
func loadIndex(dir, digest string) (layerIndex, bool) {
	if dir == "" {
		return layerIndex{}, false
	}
	file, err := os.Open(indexPath(dir, digest))
	if err != nil {
		return layerIndex{}, false
	}
	defer file.Close()
	index, err := decodeIndex(file, digest)
	return index, err == nil
}

// storeIndex keeps an index, if it can: whole, or not at all. A directory that
// can't be written is no reason to fail.
func storeIndex(dir, digest string, index layerIndex) {
	if dir == "" || os.MkdirAll(dir, 0o755) != nil {
		return
	}
	file, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return
	}
	defer os.Remove(file.Name())
	err = encodeIndex(file, digest, index)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		_ = os.Rename(file.Name(), indexPath(dir, digest))
	}
}

func indexPath(dir, digest string) string {
	return filepath.Join(dir, filepath.Base(strings.ReplaceAll(digest, ":", "-")))
}

// encodeIndex writes an index: the magic, then by zstd the digest and the
// entries. A path is written as how many bytes it shares with the one before,
// and the rest.
func encodeIndex(w io.Writer, digest string, index layerIndex) error {
	if _, err := io.WriteString(w, indexMagic); err != nil {
		return err
	}
	zip, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(zip)
	buffer := appendText(nil, digest)
	buffer = binary.AppendUvarint(buffer, uint64(len(index.entries)))
	before := ""
	for _, e := range index.entries {
		buffer = appendEntry(buffer, before, e)
		if _, err := out.Write(buffer); err != nil {
			return err
		}
		buffer, before = buffer[:0], e.path
	}
	if _, err := out.Write(buffer); err != nil { // the head of an index without entries
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return zip.Close()
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

func appendEntry(to []byte, before string, e layerEntry) []byte {
	shared := 0
	for shared < min(len(before), len(e.path)) && before[shared] == e.path[shared] {
		shared++
	}
	to = append(to, byte(e.kind))
	to = binary.AppendUvarint(to, uint64(shared))
	to = appendText(to, e.path[shared:])
	to = binary.AppendUvarint(to, uint64(e.mode))
	switch e.kind {
	case fileEntry:
		to = binary.AppendUvarint(to, uint64(e.size))
		to = append(to, e.content[:]...)
	case hardLinkEntry:
		to = appendText(to, e.target)
	}
	return to
}

var errBadIndex = errors.New("it is no index of a layer")

// decodeIndex reads what encodeIndex wrote for the digest. Anything else is an
// error, however it came about.
func decodeIndex(r io.Reader, digest string) (layerIndex, error) {
	magic := make([]byte, len(indexMagic))
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != indexMagic {
		return layerIndex{}, errBadIndex
	}
	unzip, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return layerIndex{}, err
	}
	defer unzip.Close()
	in := indexReader{in: bufio.NewReader(unzip)}
	if in.text(len(digest)) != digest {
		return layerIndex{}, errBadIndex
	}
	n := in.number(maxEntries)
	var index layerIndex
	before, names := "", 0
	for range n {
		e := in.entry(before)
		if names += len(e.path) + len(e.target); in.err != nil || names > maxNameBytes {
			break
		}
		index.entries = append(index.entries, e)
		before = e.path
	}
	if in.err == nil {
		if _, err := in.in.ReadByte(); !errors.Is(err, io.EOF) || uint64(len(index.entries)) != n {
			in.err = errBadIndex
		}
	}
	if in.err != nil {
		return layerIndex{}, fmt.Errorf("%w: %w", errBadIndex, in.err)
	}
	return index, nil
}

// indexReader reads the parts of an index; after an error all of them are
// nothing.
type indexReader struct {
	in  *bufio.Reader
	err error
}

// number is a number that is not above the most.
func (r *indexReader) number(most uint64) uint64 {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(r.in)
	if r.err = err; err == nil && n > most {
		r.err = errBadIndex
	}
	if r.err != nil {
		return 0
	}
	return n
}

// text is a text of so many bytes at most.
func (r *indexReader) text(most int) string {
	raw := make([]byte, r.number(uint64(most)))
	r.full(raw)
	return string(raw)
}

func (r *indexReader) full(into []byte) {
	if r.err == nil {
		_, r.err = io.ReadFull(r.in, into)
	}
}

func (r *indexReader) entry(before string) layerEntry {
	var kind [1]byte
	r.full(kind[:])
	e := layerEntry{kind: entryKind(kind[0])}
	shared := r.number(uint64(len(before)))
	e.path = before[:shared] + r.text(maxPathBytes)
	e.mode = uint32(r.number(0o7777))
	switch e.kind {
	case fileEntry:
		e.size = int64(r.number(1<<63 - 1))
		r.full(e.content[:])
	case hardLinkEntry:
		e.target = r.text(maxNameBytes)
	}
	if r.err == nil && (e.kind < fileEntry || e.kind > opaqueEntry || len(e.path) > maxPathBytes || e.path != cleanPath(e.path)) {
		r.err = errBadIndex
	}
	return e
}
