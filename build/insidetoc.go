package build

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/stargz-snapshotter/estargz"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/opencontainers/go-digest"
)

// maxTOC bounds a layer's table of contents; one of 300,000 files has 100 MB.
const maxTOC = 512 << 20

// indexTOC reads what is in an eStargz layer from its table of contents, which
// lies at its end: two requests, and no file. The table is believed where it has
// the digest that the image's manifest says.
func (r *repository) indexTOC(ctx context.Context, layer Layer) (layerIndex, error) {
	hash, err := v1.NewHash(layer.Digest)
	if err != nil {
		return layerIndex{}, err
	}
	footer, err := r.tail(ctx, hash, layer.Size-estargz.FooterSize, estargz.FooterSize)
	if err != nil {
		return layerIndex{}, err
	}
	_, at, _, err := new(estargz.GzipDecompressor).ParseFooter(footer)
	if err != nil {
		return layerIndex{}, err
	}
	if at < 0 || at >= layer.Size-estargz.FooterSize || layer.Size-at > maxTOC {
		return layerIndex{}, fmt.Errorf("its table of contents is said to begin at byte %d of %d", at, layer.Size)
	}
	packed, err := r.tail(ctx, hash, at, layer.Size-at)
	if err != nil {
		return layerIndex{}, err
	}
	return readTOC(packed, layer.TOC)
}

// tail is the bytes of a blob from one on, as many as there must be.
func (r *repository) tail(ctx context.Context, hash v1.Hash, from, bytes int64) ([]byte, error) {
	if from < 0 {
		return nil, errors.New("it is too short for a table of contents")
	}
	content, err := r.blobs.Read(ctx, hash, from)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	out := make([]byte, bytes)
	_, err = io.ReadFull(content, out)
	return out, err
}

// readTOC reads a compressed table of contents with the digest.
func readTOC(packed []byte, want string) (layerIndex, error) {
	unzip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return layerIndex{}, err
	}
	unzip.Multistream(false)
	table := tar.NewReader(unzip)
	header, err := table.Next()
	if err != nil {
		return layerIndex{}, err
	}
	if header.Name != estargz.TOCTarName || header.Size > maxTOC {
		return layerIndex{}, fmt.Errorf("%q of %d bytes is no table of contents", header.Name, header.Size)
	}
	text, err := io.ReadAll(table)
	if err != nil {
		return layerIndex{}, err
	}
	if got := digest.FromBytes(text).String(); got != want {
		return layerIndex{}, fmt.Errorf("its table of contents is %s, its manifest says %s", got, want)
	}
	var toc estargz.JTOC
	if err := json.Unmarshal(text, &toc); err != nil {
		return layerIndex{}, fmt.Errorf("reading its table of contents: %w", err)
	}
	scan := layerScan{most: maxEntries}
	for _, e := range append(toc.Entries, &estargz.TOCEntry{
		Name: estargz.TOCTarName, Type: "reg", Size: header.Size, Mode: header.Mode, Digest: want, // which lies in the layer, too
	}) {
		if err := scan.addTOC(e); err != nil {
			return layerIndex{}, err
		}
	}
	return scan.index, nil
}

// tocTypes are the types of entries of a table of contents that are something
// in the layer: parts of files are not.
var tocTypes = map[string]byte{
	"dir": tar.TypeDir, "reg": tar.TypeReg, "symlink": tar.TypeSymlink, "hardlink": tar.TypeLink,
	"char": tar.TypeChar, "block": tar.TypeBlock, "fifo": tar.TypeFifo,
}

// addTOC adds an entry as its header in the tar would.
func (s *layerScan) addTOC(e *estargz.TOCEntry) error {
	kind, ok := tocTypes[e.Type]
	if !ok {
		return nil
	}
	entry, ok := entryOf(&tar.Header{Typeflag: kind, Name: e.Name, Linkname: e.LinkName, Mode: e.Mode, Size: e.Size})
	if !ok {
		return nil
	}
	if entry.kind == fileEntry && e.Size > 0 {
		sum, err := hex.DecodeString(strings.TrimPrefix(e.Digest, "sha256:"))
		if err != nil || copy(entry.content[:], sum) != len(entry.content) {
			return fmt.Errorf("its table of contents has no digest of %q", e.Name)
		}
	}
	return s.keep(entry)
}
