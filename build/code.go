package build

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"
)

// maxLink is the longest symlink target that Linux takes, in bytes.
const maxLink = 4096

// sorted is the files by path.
func sorted(files []File) []File {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files
}

// checkTree refuses sorted files that can't stand in one directory tree: a
// path twice, or one that another needs as a directory.
func checkTree(files []File) error {
	leaves := make(map[string]bool, len(files))
	for _, f := range files {
		if leaves[f.Path] {
			return fmt.Errorf("file %q: %w", f.Path, errDouble)
		}
		leaves[f.Path] = true
	}
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if leaves[dir] {
				return fmt.Errorf("file %q: %w", dir, errDouble)
			}
		}
	}
	return nil
}

// fileReader writes blobs into layers. They are read by one process, so that
// one layer at a time is written.
type fileReader struct {
	blobs Blobs
	one   *sync.Mutex
}

// add writes a file or link as the image has it.
func (r *fileReader) add(w *layerTar, name string, f File, by owner) error {
	content, size, err := r.blobs.Open(f.Hash)
	if err != nil {
		return err
	}
	defer content.Close()
	if f.Size >= 0 && size != f.Size {
		return fmt.Errorf("blob %s has %d bytes, not %d", f.Hash, size, f.Size)
	}
	if f.Mode == ModeSymlink {
		return link(w, name, f, content, by)
	}
	mode := int64(0o644)
	if f.Mode == ModeExecutable {
		mode = 0o755
	}
	return w.file(name, mode, by, contentTime(f.Hash), size, content)
}

func link(w *layerTar, name string, f File, content io.Reader, by owner) error {
	target, err := io.ReadAll(io.LimitReader(content, maxLink+1))
	switch {
	case err != nil:
		return err
	case len(target) == 0 || len(target) >= maxLink:
		return fmt.Errorf("symlink target has %d bytes or more, Linux takes 1 to %d", len(target), maxLink-1)
	}
	return w.symlink(name, string(target), by, contentTime(f.Hash))
}
