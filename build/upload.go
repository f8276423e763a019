package build

import (
	"context"
	"fmt"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/registry"
)

// unasked is the largest blob that is sent without asking for it first: asking
// takes as long as sending.
const unasked = 128 << 10

// push sends a blob that the repository may lack. A large one is asked for
// first: an interrupted build leaves blobs that need not be sent again.
func (r *repository) push(ctx context.Context, what string, layer v1.Layer) error {
	blob, err := blobOf(layer)
	if err == nil {
		err = r.send(ctx, blob)
	}
	if err != nil {
		return fmt.Errorf("pushing %s (%v): %w", what, diag.Size(blob.Size), registry.Explain(err))
	}
	return nil
}

func (r *repository) send(ctx context.Context, blob registry.Blob) error {
	if blob.Size > unasked {
		if there, err := r.blobs.Has(ctx, blob.Digest); there || err != nil {
			return err
		}
	}
	return r.blobs.Upload(ctx, blob)
}

// blobOf is a layer's compressed bytes.
func blobOf(layer v1.Layer) (registry.Blob, error) {
	digest, err := layer.Digest()
	if err != nil {
		return registry.Blob{}, err
	}
	size, err := layer.Size()
	if err != nil {
		return registry.Blob{}, err
	}
	return registry.Blob{Digest: digest, Size: size, Open: func(_ context.Context, from int64) (io.ReadCloser, error) {
		return openFrom(layer, from)
	}}, nil
}

// openFrom reads a layer's compressed bytes from one on.
func openFrom(layer v1.Layer, from int64) (io.ReadCloser, error) {
	content, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, content, from); err != nil {
		content.Close()
		return nil, err
	}
	return content, nil
}
