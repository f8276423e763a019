package build

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"
)

// layersAtOnce is how many layers are read at once: they are streams, which
// the network or the hashing of their files limits.
const layersAtOnce = 4

// InsideOptions are how an image is looked into.
type InsideOptions struct {
	// Dir keeps what was read of layers, a file for each, so that a layer is
	// read once whatever images have it. Empty keeps nothing.
	Dir string
	// Announce is called once, before anything is read: how many layers have to
	// be and their compressed bytes, and how many are known.
	Announce func(layers int, bytes int64, known int)
	// Progress is told how many of the bytes are read, from several goroutines.
	Progress func(done, total int64)
	// Top is how many entries each list has; 0 is all.
	Top int
}

// LookInside reads the layers of an image, which ref names (it gives the
// repository; the layers are those of a View), and says what files are in it.
// A layer that the directory doesn't know is read whole, as a stream: nothing
// is unpacked, and no file's content is kept. Of an eStargz layer only the table
// of contents is read. A layer that can't be read makes
// an error; what was read before it is kept.
func LookInside(ctx context.Context, remote *Remote, options InsideOptions, ref string, layers []Layer) (Inside, error) {
	repo, err := name.ParseReference(ref)
	if err != nil {
		return Inside{}, fmt.Errorf("parsing image %q: %w", ref, err)
	}
	indexes, err := layerReader{remote, options}.all(ctx, repo.Context(), layers)
	if err != nil {
		return Inside{}, fmt.Errorf("looking into image %q: %w", ref, err)
	}
	inside, err := mergeLayers(indexes)
	if err != nil {
		return Inside{}, fmt.Errorf("looking into image %q: %w", ref, err)
	}
	return inside.cut(options.Top), nil
}

// layerReader brings the indexes of layers.
type layerReader struct {
	remote  *Remote
	options InsideOptions
}

// all are the indexes of the layers, in their order.
func (r layerReader) all(ctx context.Context, from name.Repository, layers []Layer) ([]layerIndex, error) {
	known := map[string]layerIndex{}
	var unread []Layer
	var total int64
	for _, l := range layers {
		if _, ok := known[l.Digest]; ok {
			continue
		}
		index, ok := loadIndex(r.options.Dir, l.Digest)
		known[l.Digest] = index
		if !ok {
			unread = append(unread, l)
			total += l.Size
		}
	}
	if r.options.Announce != nil {
		r.options.Announce(len(unread), total, len(known)-len(unread))
	}
	read, err := r.read(ctx, from, unread, total)
	if err != nil {
		return nil, err
	}
	for i, l := range unread {
		known[l.Digest] = read[i]
	}
	out := make([]layerIndex, 0, len(layers))
	for _, l := range layers {
		out = append(out, known[l.Digest])
	}
	return out, nil
}

// read reads layers from the registry, the largest first: the others fill the
// time that it takes.
func (r layerReader) read(ctx context.Context, from name.Repository, layers []Layer, total int64) ([]layerIndex, error) {
	if len(layers) == 0 {
		return nil, nil
	}
	repo, err := r.remote.reader(ctx, from)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(layers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(layers[b].Size, layers[a].Size) })
	indexes := make([]layerIndex, len(layers))
	var done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(layersAtOnce)
	for _, i := range order {
		group.Go(func() error {
			index, err := repo.index(ctx, layers[i], func(n int) {
				if now := done.Add(int64(n)); r.options.Progress != nil {
					r.options.Progress(now, total)
				}
			})
			if err != nil {
				return fmt.Errorf("reading layer %s: %w", layers[i].Digest, err)
			}
			indexes[i] = index
			storeIndex(r.options.Dir, layers[i].Digest, index)
			return nil
		})
	}
	return indexes, group.Wait()
}

// index reads one layer. Its bytes are those of its digest and as many as its
// manifest says, or it is none.
func (r *repository) index(ctx context.Context, layer Layer, progress func(n int)) (layerIndex, error) {
	if layer.TOC != "" {
		if index, err := r.indexTOC(ctx, layer); err == nil {
			progress(int(layer.Size))
			return index, nil
		} // else it is no eStargz, whatever it says, and read like any other
	}
	digest, err := v1.NewHash(layer.Digest)
	if err != nil {
		return layerIndex{}, err
	}
	content, err := r.open(ctx, digest)
	if err != nil {
		return layerIndex{}, err
	}
	defer content.Close()
	stream := &countedReader{from: content, most: layer.Size, progress: progress}
	index, err := indexLayer(stream)
	if err == nil {
		err = stream.drain()
	}
	if err == nil && stream.n != layer.Size {
		err = fmt.Errorf("it has %d bytes, its manifest says %d", stream.n, layer.Size)
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return index, err
}
