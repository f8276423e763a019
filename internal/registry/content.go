package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"
)

// ErrContent says that what was read is not what its digest says.
var ErrContent = errors.New("the content is not what its digest says")

// content is a blob that is read front to back, and again from an earlier byte
// where a registry lost something. Its digest is taken on the way.
type content struct {
	blob   Blob
	body   io.ReadCloser // nil where it is to be opened
	cancel context.CancelFunc
	at     int64 // where body stands
	sum    hash.Hash
	summed int64 // bytes that sum has seen; never less than at
	failed error // how the last read ended, where that was badly
}

func newContent(blob Blob) *content { return &content{blob: blob, sum: sha256.New()} }

// seek makes ready to read from a byte on.
func (c *content) seek(ctx context.Context, from int64) error {
	if c.body != nil && c.at == from && c.failed == nil {
		return nil
	}
	c.close()
	c.failed = nil
	if from > c.summed {
		return fmt.Errorf("the registry says that it has %d bytes, of which %d were sent", from, c.summed)
	}
	ctx, cancel := context.WithCancel(ctx)
	body, err := c.blob.Open(ctx, from)
	if err != nil {
		cancel()
		return fmt.Errorf("reading the content: %w", err)
	}
	c.body, c.cancel, c.at = body, cancel, from
	return nil
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.at += int64(n)
	if fresh := c.at - c.summed; fresh > 0 {
		c.sum.Write(p[int64(n)-fresh : n])
		c.summed = c.at
	}
	if errors.Is(err, io.EOF) && c.at < c.blob.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.failed = fmt.Errorf("reading the content: %w", err)
	}
	return n, err
}

// verify compares the digest, where all has been read.
func (c *content) verify() error {
	if got := hex.EncodeToString(c.sum.Sum(nil)); c.summed == c.blob.Size && got != c.blob.Digest.Hex {
		return fmt.Errorf("%w: it has sha256:%s", ErrContent, got)
	}
	return nil
}

func (c *content) close() {
	if c.body == nil {
		return
	}
	c.cancel()
	c.body.Close()
	c.body = nil
}

// part gives a request the next bytes of a content as its body.
type part struct {
	content *content
	size    int64
	rest    int64

	mu     sync.Mutex // held while the content is read
	over   bool
	closed chan struct{}
}

func (c *content) part(size int64) *part {
	return &part{content: c, size: size, rest: size, closed: make(chan struct{})}
}

// errClosed is what a connection gets that wants a body twice.
var errClosed = errors.New("the body is closed")

// Read implements io.Reader.
func (p *part) Read(to []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return 0, errClosed
	}
	if p.rest == 0 {
		return 0, io.EOF
	}
	n, err := p.content.Read(to[:min(int64(len(to)), p.rest)])
	p.rest -= int64(n)
	return n, err
}

// Close implements io.Closer.
func (p *part) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.over = true
		close(p.closed)
	}
	return nil
}

// closeGrace is how long a connection may hold on to a body after its request
// is over.
const closeGrace = 100 * time.Millisecond

// wait returns when nobody reads the content any more: a connection may do so
// for a while after the answer. A read that hangs is broken off.
func (p *part) wait() {
	select {
	case <-p.closed:
		return
	case <-time.After(closeGrace):
	}
	p.content.cancel()
	p.Close()
	p.content.close()
}
