package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// packed is a layer of ours with its compressed bytes. It implements v1.Layer.
type packed struct {
	Recipe
	digest, diffID v1.Hash
	media          types.MediaType
	content        *spool
}

// pack writes a recipe's layer: one pass makes tar, diff id, compressed bytes and digest.
func pack(ctx context.Context, r Recipe, tempDir string) (_ *packed, err error) {
	content := newSpool(tempDir)
	defer func() {
		if err != nil {
			content.close()
			err = fmt.Errorf("making the %s layer: %w", r.Kind, err)
		}
	}()
	digest, diffID := sha256.New(), sha256.New()
	zip, err := newCompressor(r.compression, io.MultiWriter(content, digest))
	if err != nil {
		return nil, err
	}
	tw := newLayerTar(io.MultiWriter(zip, diffID))
	err = r.write(ctx, tw)
	if err == nil {
		err = tw.close()
	}
	// Closed in any case: it ends the compressor's goroutines.
	if closeErr := zip.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	return &packed{Recipe: r, digest: hashOf(digest), diffID: hashOf(diffID), media: zip.mediaType(), content: content}, nil
}

func hashOf(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

// Digest implements v1.Layer.
func (p *packed) Digest() (v1.Hash, error) { return p.digest, nil }

// DiffID implements v1.Layer.
func (p *packed) DiffID() (v1.Hash, error) { return p.diffID, nil }

// Size implements v1.Layer.
func (p *packed) Size() (int64, error) { return p.content.size, nil }

// MediaType implements v1.Layer.
func (p *packed) MediaType() (types.MediaType, error) { return p.media, nil }

// Compressed implements v1.Layer.
func (p *packed) Compressed() (io.ReadCloser, error) { return io.NopCloser(p.content.reader()), nil }

// Uncompressed implements v1.Layer.
func (p *packed) Uncompressed() (io.ReadCloser, error) {
	plain, closePlain, err := decompressed(p.content.reader())
	if err != nil {
		return nil, err
	}
	return unpacked{plain, closePlain}, nil
}

// unpacked is a layer's tar.
type unpacked struct {
	io.Reader
	done func()
}

// Close implements io.Closer.
func (u unpacked) Close() error {
	u.done()
	return nil
}

func (p *packed) close() { p.content.close() }
