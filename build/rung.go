package build

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// rung is the difference of two trees.
type rung struct {
	// added is the files that the upper tree has new or otherwise, sorted by
	// path.
	added []File
	// gone is the topmost paths of which the upper tree has nothing, sorted.
	gone []string
}

func (r rung) empty() bool { return len(r.added) == 0 && len(r.gone) == 0 }

// between is what makes the upper tree of the lower one. Both are sorted.
func between(lower, upper []File) rung {
	before := make(map[string]File, len(lower))
	for _, f := range lower {
		before[f.Path] = f
	}
	var r rung
	stands := make(map[string]bool, len(upper))
	for _, f := range upper {
		if old, ok := before[f.Path]; !ok || !alike(old, f) {
			r.added = append(r.added, f)
		}
		for at := f.Path; at != "." && !stands[at]; at = path.Dir(at) {
			stands[at] = true
		}
	}
	leaves := leafSet(upper)
	for _, f := range lower {
		if at, ok := topmostGone(f.Path, stands, leaves); ok {
			r.gone = append(r.gone, at)
		}
	}
	slices.Sort(r.gone)
	r.gone = slices.Compact(r.gone)
	return r
}

// alike says whether two files of one path are the same bytes of a layer. A
// submodule is an empty directory whatever its commit.
func alike(a, b File) bool {
	if a.Mode == ModeSubmodule && b.Mode == ModeSubmodule {
		return true
	}
	return a.Mode == b.Mode && a.Hash == b.Hash && contentOf(a) == contentOf(b)
}

func contentOf(f File) string {
	if f.Content == nil {
		return ""
	}
	return f.Content.path()
}

// leafSet is the paths of a tree that are no directories in the image.
func leafSet(files []File) map[string]bool {
	leaves := make(map[string]bool, len(files))
	for _, f := range files {
		if f.Mode != ModeSubmodule {
			leaves[f.Path] = true
		}
	}
	return leaves
}

// topmostGone is the highest path, the file's or that of a directory above it,
// where the upper tree has nothing. There is none where the file still has a
// place, or where a file took the place of a directory above it, which hides
// all that was in it.
func topmostGone(file string, stands, leaves map[string]bool) (string, bool) {
	for end := 0; end < len(file); {
		next := strings.IndexByte(file[end:], '/')
		if next < 0 {
			return file, !stands[file]
		}
		at := file[:end+next]
		if !stands[at] {
			return at, true
		}
		if leaves[at] {
			return "", false
		}
		end += next + 1
	}
	return "", false
}

// rungWriter writes a rung below a directory of the image.
type rungWriter struct {
	rung
	reader *fileReader
	to     string
	by     owner
}

func (r rungWriter) key() string {
	key := newKey(KindCode)
	key.add(r.to, strconv.Itoa(r.by.uid), strconv.Itoa(r.by.gid), strconv.Itoa(len(r.added)))
	for _, f := range r.added {
		switch {
		case f.Mode == ModeSubmodule:
			key.add(f.Path, string(f.Mode), "")
		case f.Content != nil:
			key.add(f.Path, f.Content.place(), f.Content.OID+" "+f.Hash)
		default:
			key.add(f.Path, string(f.Mode), f.Hash)
		}
	}
	key.add(r.gone...)
	return key.String()
}

// write has the directory entry of every parent, of whiteouts too: engines
// refuse to unpack a layer without them. A whiteout never names a path that
// the layer adds: some engines would hide the new file, some keep the old.
func (r rungWriter) write(ctx context.Context, w *layerTar) error {
	r.reader.one.Lock()
	defer r.reader.one.Unlock()
	for _, at := range r.gone {
		dir, name := path.Split(path.Join(r.to, at))
		marker := path.Join(dir, whiteout+name)
		if err := w.parents(r.to, marker, r.by); err != nil {
			return err
		}
		if err := w.file(marker, 0o644, owner{}, time.Unix(epoch, 0).UTC(), 0, strings.NewReader("")); err != nil {
			return err
		}
	}
	for _, f := range r.added {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.add(w, f); err != nil {
			return fmt.Errorf("writing %q: %w", f.Path, err)
		}
	}
	return nil
}

func (r rungWriter) add(w *layerTar, f File) error {
	name := path.Join(r.to, f.Path)
	if err := w.parents(r.to, name, r.by); err != nil {
		return err
	}
	switch {
	case f.Content != nil:
		return w.symlink(name, f.Content.path(), r.by, contentTime(f.Hash))
	case f.Mode == ModeSubmodule:
		return w.directory(name, 0o755, r.by)
	}
	return r.reader.add(w, name, f, r.by)
}
