package lfs

import (
	"os"
	"path/filepath"
	"time"

	"gantline.dev/gantline/internal/filelock"
)

// keptFor is how long the part of a content is kept for a Fetch that goes on
// with it.
const keptFor = 7 * 24 * time.Hour

// sweep removes the parts that nobody came back for, and those of contents that
// are here. What a process is writing is locked and stays.
func (s *Store) sweep() {
	parts, err := os.ReadDir(filepath.Join(s.dir, "partial"))
	if err != nil {
		return
	}
	for _, part := range parts {
		info, err := part.Info()
		if err != nil || checkOID(part.Name()) != nil {
			continue
		}
		_, err = os.Stat(s.path(part.Name()))
		if err != nil && time.Since(info.ModTime()) < keptFor {
			continue
		}
		path := s.partialPath(part.Name())
		if file, err := filelock.Open(path); err == nil {
			os.Remove(path)
			file.Close()
		}
	}
}
