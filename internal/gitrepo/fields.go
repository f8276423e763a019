package gitrepo

import (
	"bufio"
	"errors"
	"io"
)

// streamBuffer is large enough that a stream of many records costs few system
// calls.
const streamBuffer = 256 << 10

// fieldReader cuts the output of a process at a delimiter without allocating.
type fieldReader struct {
	out   *bufio.Reader
	delim byte
	long  []byte // holds a field that is longer than out's buffer
}

// next is the bytes up to the delimiter, which is left out; they are good until
// the next call. At the end of the output it is io.EOF, or io.ErrUnexpectedEOF
// where a field has begun.
func (f *fieldReader) next() ([]byte, error) {
	field, err := f.out.ReadSlice(f.delim)
	if err == nil {
		return field[:len(field)-1], nil
	}
	f.long = append(f.long[:0], field...)
	for errors.Is(err, bufio.ErrBufferFull) {
		field, err = f.out.ReadSlice(f.delim)
		f.long = append(f.long, field...)
	}
	switch {
	case err == nil:
		return f.long[:len(f.long)-1], nil
	case errors.Is(err, io.EOF) && len(f.long) > 0:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, err
}
