package build

import (
	"io"
	"runtime"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/klauspost/pgzip"
)

// Compression is how a layer's tar is compressed.
type Compression string

// The ways to compress a layer. All but the first look at its beginning, and
// leave a layer as it is where compressing doesn't pay.
const (
	gzipAlways      Compression = ""
	GzipWhereItPays Compression = "gzip"
	ZstdWhereItPays Compression = "zstd"
)

// What the bytes of a layer depend on besides its tar. Blocks are compressed
// in parallel; how many at once changes no byte.
const (
	gzipLevel  = 6
	gzipBlock  = 1 << 20
	zstdLevel  = zstd.SpeedDefault
	zstdWindow = 8 << 20
	// sampleSize is how many bytes of a tar are looked at, sampleLevel how they
	// are compressed, and paysFrom the least hundredths that this must save.
	sampleSize  = 1 << 20
	sampleLevel = 1
	paysFrom    = 10
)

// compressor takes a tar and writes a layer's bytes.
type compressor interface {
	io.WriteCloser
	// mediaType is known once the compressor is closed.
	mediaType() types.MediaType
}

func newCompressor(how Compression, out io.Writer) (compressor, error) {
	if how == gzipAlways {
		return newGzip(out)
	}
	return &sampling{how: how, out: out}, nil
}

// typed is a compressor of one media type.
type typed struct {
	io.WriteCloser
	is types.MediaType
}

func (t typed) mediaType() types.MediaType { return t.is }

func newGzip(out io.Writer) (compressor, error) {
	zip, err := pgzip.NewWriterLevel(out, gzipLevel)
	if err != nil {
		return nil, err
	}
	if err := zip.SetConcurrency(gzipBlock, runtime.GOMAXPROCS(0)); err != nil {
		return nil, err
	}
	return typed{zip, types.OCILayer}, nil
}

func newZstd(out io.Writer) (compressor, error) {
	zip, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstdLevel), zstd.WithWindowSize(zstdWindow),
		zstd.WithEncoderCRC(true), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	return typed{zip, types.OCILayerZStd}, nil
}

// plain leaves a tar as it is.
type plain struct{ io.Writer }

// Close implements io.Closer.
func (plain) Close() error { return nil }

// sampling decides by the beginning of a tar: weights, archives and pictures
// are compressed already or can't be, and to do it again costs every node time.
type sampling struct {
	how    Compression
	out    io.Writer
	sample []byte
	chosen compressor // nil until it is decided
}

// Write implements io.Writer.
func (s *sampling) Write(p []byte) (int, error) {
	if s.chosen != nil {
		return s.chosen.Write(p)
	}
	n := min(len(p), sampleSize-len(s.sample))
	s.sample = append(s.sample, p[:n]...)
	if len(s.sample) < sampleSize {
		return n, nil
	}
	if err := s.choose(); err != nil {
		return 0, err
	}
	more, err := s.chosen.Write(p[n:])
	return n + more, err
}

// Close implements io.Closer.
func (s *sampling) Close() error {
	if s.chosen == nil {
		if err := s.choose(); err != nil {
			return err
		}
	}
	return s.chosen.Close()
}

func (s *sampling) mediaType() types.MediaType { return s.chosen.mediaType() }

func (s *sampling) choose() error {
	pays, err := compresses(s.sample)
	switch {
	case err != nil:
	case !pays:
		s.chosen = typed{plain{s.out}, types.OCIUncompressedLayer}
	case s.how == ZstdWhereItPays:
		s.chosen, err = newZstd(s.out)
	default:
		s.chosen, err = newGzip(s.out)
	}
	if err != nil {
		return err
	}
	_, err = s.chosen.Write(s.sample)
	s.sample = nil
	return err
}

// compresses says whether compressing a sample saves enough.
func compresses(sample []byte) (bool, error) {
	var size counter
	zip, err := flate.NewWriter(&size, sampleLevel)
	if err != nil {
		return false, err
	}
	if _, err := zip.Write(sample); err != nil {
		return false, err
	}
	if err := zip.Close(); err != nil {
		return false, err
	}
	return int(size)*100 <= len(sample)*(100-paysFrom), nil
}

// counter counts what is written.
type counter int

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
