package build

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// spoolMemory is how many bytes of a layer stay in memory.
const spoolMemory = 16 << 20

// spool holds what is written to it: in memory at first, in a file when there
// is more. The file has no name from the start, so that a killed process
// leaves nothing behind.
type spool struct {
	dir    string // where the file is made; empty is the system's
	limit  int
	memory bytes.Buffer
	file   *os.File
	size   int64
}

func newSpool(dir string) *spool { return &spool{dir: dir, limit: spoolMemory} }

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) > s.limit {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	s.size += int64(len(p))
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.memory.Write(p)
}

func (s *spool) spill() error {
	file, err := os.CreateTemp(s.dir, "gantline-layer-*")
	if err != nil {
		return fmt.Errorf("making a file for a large layer: %w", err)
	}
	s.file = file
	if err := os.Remove(file.Name()); err != nil {
		return err
	}
	_, err = file.Write(s.memory.Bytes())
	s.memory = bytes.Buffer{}
	return err
}

// reader reads from the start; several readers don't disturb each other.
func (s *spool) reader() io.Reader {
	if s.file != nil {
		return io.NewSectionReader(s.file, 0, s.size)
	}
	return bytes.NewReader(s.memory.Bytes())
}

// close gives up the content.
func (s *spool) close() {
	s.memory = bytes.Buffer{}
	if s.file != nil {
		s.file.Close()
	}
}
