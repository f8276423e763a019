package streams

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// Double is streams for tests: input from a string, output and error in
// buffers that can be read while they are written. It is no terminal unless a
// test says so by setting the fields of Streams.
type Double struct {
	*Streams
	out, err *buffer
}

// Test is a Double with an empty input.
func Test() *Double { return TestInput("") }

// TestInput is a Double whose standard input is the text.
func TestInput(input string) *Double {
	out, err := &buffer{}, &buffer{}
	return &Double{
		Streams: &Streams{In: strings.NewReader(input), Out: out, Err: err},
		out:     out, err: err,
	}
}

// Stdout is what was written to Out so far.
func (d *Double) Stdout() string { return d.out.String() }

// Stderr is what was written to Err so far.
func (d *Double) Stderr() string { return d.err.String() }

var _ io.Writer = (*buffer)(nil)

type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String is what was written so far.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
