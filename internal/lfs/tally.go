package lfs

import (
	"io"
	"sync"
)

// tally adds up how far a Fetch has come and tells it.
type tally struct {
	tell func(Progress)

	mu  sync.Mutex
	now Progress
}

func newTally(objects []Object, tell func(Progress)) *tally {
	t := &tally{tell: tell, now: Progress{OfObjects: len(objects)}}
	for _, o := range objects {
		t.now.OfBytes += o.Size
	}
	return t
}

// moved counts bytes that came, or, below 0, that are forgotten.
func (t *tally) moved(n int64) { t.add(0, n) }

// done counts an object that is in the store.
func (t *tally) done() { t.add(1, 0) }

func (t *tally) add(objects int, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Objects += objects
	t.now.Bytes += n
	if t.tell != nil && (objects != 0 || n != 0) {
		t.tell(t.now)
	}
}

// counted copies and counts.
func counted(to io.Writer, from io.Reader, moved func(int64)) (int64, error) {
	return io.CopyBuffer(counter{to, moved}, from, make([]byte, copyBytes))
}

// counter counts what is written.
type counter struct {
	io.Writer
	moved func(int64)
}

// Write implements io.Writer.
func (c counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.moved(int64(n))
	return n, err
}
