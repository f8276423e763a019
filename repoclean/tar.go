package repoclean

import (
	"archive/tar"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
)

// epoch is the date of directories and the earliest of files: 1980-01-02, a
// day that a zip file can hold in every time zone.
const epoch = 315619200

// mtimeBits is how many bits of a blob's hash are added to a file's date.
const mtimeBits = 29

// Contents opens what Git LFS keeps, by its SHA-256: the content and its size in
// bytes.
type Contents interface {
	Open(oid string) (io.ReadCloser, int64, error)
}

// WriteTar writes the files that a context includes, and the directories of
// submodules, to a tar archive. What is fetched from Git LFS is opened in
// contents, which must have it; it may be nil where no file is. The bytes are a function of the files alone:
// entries are in order of their paths, each after its directories, ids are 0,
// and a file's date comes from its content. (Python takes a compiled file for
// fresh by the date and size of its source; were all dates alike, a change
// that keeps the size would go unseen.)
func WriteTar(ctx context.Context, w io.Writer, files []Verdict, blobs *gitrepo.BlobReader, contents Contents) error {
	t := tarWriter{tar: tar.NewWriter(w), contents: contents, dirs: map[string]bool{".": true}}
	var hashes []string
	var included []Verdict
	for _, v := range files {
		if v.Included {
			hashes = append(hashes, v.Hash)
			included = append(included, v)
		}
	}
	rest := files
	err := blobs.Each(hashes, func(i int, size int64, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if rest, err = t.submodules(rest, included[i].Path); err != nil {
			return err
		}
		return t.file(included[i], size, content)
	})
	if err != nil {
		return err
	}
	if _, err := t.submodules(rest, ""); err != nil {
		return err
	}
	return t.tar.Close()
}

// tarWriter writes one archive.
type tarWriter struct {
	tar      *tar.Writer
	contents Contents
	dirs     map[string]bool // written already
}

// submodules writes the directories of submodules that come before a path, or
// all of them, and returns the files after it.
func (t *tarWriter) submodules(files []Verdict, before string) ([]Verdict, error) {
	for i, v := range files {
		if v.Path == before {
			return files[i+1:], nil
		}
		if v.Reason == SubmoduleDirectory {
			if err := t.directory(v.Path); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// directory writes a directory after those above it, each once.
func (t *tarWriter) directory(dir string) error {
	if t.dirs[dir] {
		return nil
	}
	t.dirs[dir] = true
	if err := t.directory(path.Dir(dir)); err != nil {
		return err
	}
	return t.header(tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755}, epoch)
}

// file writes one file or link.
func (t *tarWriter) file(v Verdict, size int64, content io.Reader) error {
	if err := t.directory(path.Dir(v.Path)); err != nil {
		return err
	}
	h := tar.Header{Typeflag: tar.TypeReg, Name: v.Path, Mode: 0o644, Size: size}
	switch v.Mode {
	case gitrepo.Executable:
		h.Mode = 0o755
	case gitrepo.Symlink:
		target, err := io.ReadAll(content)
		if err != nil {
			return fmt.Errorf("archiving %q: %w", v.Path, err)
		}
		h = tar.Header{Typeflag: tar.TypeSymlink, Name: v.Path, Mode: 0o777, Linkname: string(target)}
	}
	if v.FromLFS() {
		kept, size, err := t.contents.Open(v.OID)
		if err != nil {
			return fmt.Errorf("archiving %q: %w", v.Path, err)
		}
		defer kept.Close()
		content, h.Size = kept, size
	}
	seconds, err := fileTime(v.Hash)
	if err != nil {
		return fmt.Errorf("archiving %q: %w", v.Path, err)
	}
	if err := t.header(h, seconds); err != nil {
		return err
	}
	if _, err := io.Copy(t.tar, content); err != nil {
		return fmt.Errorf("archiving %q: %w", v.Path, err)
	}
	return nil
}

func (t *tarWriter) header(h tar.Header, seconds int64) error {
	h.ModTime = time.Unix(seconds, 0)
	h.Format = tar.FormatPAX
	if err := t.tar.WriteHeader(&h); err != nil {
		return fmt.Errorf("archiving %q: %w", h.Name, err)
	}
	return nil
}

// fileTime is a file's date in seconds, from the low bits of its blob's hash.
func fileTime(hash string) (int64, error) {
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) < 4 {
		return 0, fmt.Errorf("%q is no object name", hash)
	}
	var low int64
	for _, b := range raw[len(raw)-4:] {
		low = low<<8 | int64(b)
	}
	return epoch + low&(1<<mtimeBits-1), nil
}
