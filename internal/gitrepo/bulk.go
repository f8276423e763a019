package gitrepo

import (
	"bufio"
	"context"
	"io"
	"strings"
)

// Each reads many blobs and calls visit for each in the order of the hashes,
// without waiting for one before asking for the next. The reader given to
// visit is good until visit returns. An error of visit stops it.
func (b *BlobReader) Each(hashes []string, visit func(i int, size int64, content io.Reader) error) error {
	return b.each(hashes, func(i int, o *object) error { return visit(i, o.size, o) })
}

func (b *BlobReader) each(hashes []string, visit func(int, *object) error) error {
	if b.broken != nil {
		return b.broken
	}
	// Questions are written beside the reading: both pipes are small, and git
	// stops reading while nobody takes what it prints.
	written := make(chan error, 1)
	go func() {
		err := writeLines(b.in, hashes)
		if b.once {
			b.in.Close()
		}
		written <- err
	}()
	for i, hash := range hashes {
		if err := b.one(i, hash, visit); err != nil {
			b.abandon(err)
			return err
		}
	}
	if err := <-written; err != nil {
		return b.fail(err)
	}
	return nil
}

func (b *BlobReader) one(i int, hash string, visit func(int, *object) error) error {
	o, err := b.answer(hash)
	if err != nil {
		return err
	}
	if err := visit(i, o); err != nil {
		return err
	}
	return o.Close()
}

// abandon stops a process with unanswered questions in its pipe.
func (b *BlobReader) abandon(err error) {
	if b.broken != nil {
		return
	}
	b.broken = err
	b.kill()
}

func writeLines(w io.Writer, lines []string) error {
	buf := bufio.NewWriterSize(w, 32<<10)
	for _, line := range lines {
		if _, err := buf.WriteString(line + "\n"); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// EachSmall reads many small blobs one after the other and calls visit with each
// one's text. It fetches nothing in a partial clone.
func (r *Repo) EachSmall(ctx context.Context, hashes []string, visit func(hash string, text []byte)) error {
	if len(hashes) == 0 {
		return nil
	}
	blobs, err := r.Blobs(ctx)
	if err != nil {
		return err
	}
	defer blobs.Close()
	blobs.once = true
	return blobs.Each(hashes, func(i int, size int64, content io.Reader) error {
		text := make([]byte, size)
		if _, err := io.ReadFull(content, text); err != nil {
			return err
		}
		visit(hashes[i], text)
		return nil
	})
}

// ReadBlobs reads many blobs into memory, in the order of the hashes. In a
// partial clone it fetches the missing ones first, all in one request.
func (r *Repo) ReadBlobs(ctx context.Context, hashes []string) ([][]byte, error) {
	if err := r.Prefetch(ctx, hashes); err != nil {
		return nil, err
	}
	b, err := r.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	b.once = true
	contents := make([][]byte, len(hashes))
	err = b.Each(hashes, func(i int, size int64, content io.Reader) error {
		contents[i] = make([]byte, size)
		_, err := io.ReadFull(content, contents[i])
		return err
	})
	return contents, err
}

// sizes is the type and size of objects that are here; those that are not are
// left out.
func (r *Repo) sizes(ctx context.Context, hashes []string) (map[string]int64, error) {
	inv := r.invocation("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", "--buffer")
	if r.lazy() {
		// Asking for an object by name would try to fetch it, one by one.
		inv.args = append(inv.args, "--batch-all-objects", "--unordered")
	} else {
		inv.in = strings.NewReader(strings.Join(hashes, "\n") + "\n")
	}
	sizes := make(map[string]int64, len(hashes))
	err := scan(ctx, inv, '\n', func(line string) error {
		if o, ok := parseHeader(line); ok {
			sizes[o.hash] = o.size
		}
		return nil
	})
	return sizes, err
}
