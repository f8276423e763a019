package build

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// epoch is the time of directories and the earliest of files, in seconds:
// 1980-01-02 UTC. A zip archive can't hold a time before 1980, in whatever
// time zone it is made.
const epoch = 315619200

// contentTime is a file's time as a function of its content's hash. With one
// time for all files a changed file of the same size looks unchanged to
// Python's bytecode cache, rsync and make.
func contentTime(hash string) time.Time {
	tail := hash[max(0, len(hash)-8):]
	low, err := strconv.ParseUint(tail, 16, 32)
	if err != nil { // not a hash: callers have checked that it is one
		low = 0
	}
	return time.Unix(epoch+int64(low&(1<<29-1)), 0).UTC()
}

// layerTar writes a layer's tar with headers that depend on nothing but its
// arguments: ustar, and PAX only for what ustar can't hold.
type layerTar struct {
	w    *tar.Writer
	dirs map[string]bool // directories written so far
}

func newLayerTar(w io.Writer) *layerTar {
	return &layerTar{w: tar.NewWriter(w), dirs: map[string]bool{}}
}

// owner is a numeric user and group; names in a tar would win over ids where
// the unpacker knows them.
type owner struct{ uid, gid int }

var errDouble = errors.New("another file has the same path, or is its parent")

// dir writes a directory's entry. Writing it twice is an error; parents does
// what is missing.
func (t *layerTar) dir(name string, mode int64, by owner) error {
	name = strings.Trim(name, "/")
	if t.dirs[name] {
		return errDouble
	}
	t.dirs[name] = true
	return t.w.WriteHeader(&tar.Header{
		Typeflag: tar.TypeDir, Name: name + "/", Mode: mode,
		Uid: by.uid, Gid: by.gid, ModTime: time.Unix(epoch, 0).UTC(),
	})
}

// directory writes a directory's entry unless it has one.
func (t *layerTar) directory(name string, mode int64, by owner) error {
	if t.dirs[strings.Trim(name, "/")] {
		return nil
	}
	return t.dir(name, mode, by)
}

// parents writes the entries of the directories that contain the name and
// have none yet, down from root, which is not written itself. Engines disagree
// about the mode and owner of a directory without an entry, and some refuse it.
func (t *layerTar) parents(root, name string, by owner) error {
	root = strings.Trim(root, "/")
	var missing []string
	for dir := path.Dir(strings.Trim(name, "/")); dir != root && dir != "."; dir = path.Dir(dir) {
		if t.dirs[dir] {
			break
		}
		missing = append(missing, dir)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := t.dir(missing[i], 0o755, by); err != nil {
			return err
		}
	}
	return nil
}

// file writes a regular file of exactly size bytes.
func (t *layerTar) file(name string, mode int64, by owner, modTime time.Time, size int64, content io.Reader) error {
	err := t.w.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: strings.Trim(name, "/"), Mode: mode, Size: size,
		Uid: by.uid, Gid: by.gid, ModTime: modTime,
	})
	if err != nil {
		return err
	}
	n, err := io.Copy(t.w, content)
	switch {
	case errors.Is(err, tar.ErrWriteTooLong):
		return fmt.Errorf("content is longer than its %d bytes", size)
	case err != nil:
		return err
	case n != size:
		return fmt.Errorf("content ends after %d of %d bytes", n, size)
	}
	return nil
}

// symlink writes a link as it is, wherever it points.
func (t *layerTar) symlink(name, target string, by owner, modTime time.Time) error {
	return t.w.WriteHeader(&tar.Header{
		Typeflag: tar.TypeSymlink, Name: strings.Trim(name, "/"), Linkname: target, Mode: 0o777,
		Uid: by.uid, Gid: by.gid, ModTime: modTime,
	})
}

func (t *layerTar) close() error { return t.w.Close() }
