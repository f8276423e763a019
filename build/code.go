package build

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxLink is the longest symlink target that Linux takes, in bytes.
const maxLink = 4096

// wholeTree is the Source of one layer with all files of the context.
type wholeTree struct {
	blobs    Blobs
	contents Contents
}

// WholeTree makes one code layer of all the files of a Spec. The contents may
// be nil where no file has one.
func WholeTree(blobs Blobs, contents Contents) Source { return wholeTree{blobs, contents} }

// Recipes implements Source.
func (t wholeTree) Recipes(spec Spec) ([]Recipe, error) {
	if len(spec.Files) == 0 {
		return nil, nil
	}
	files := slices.Clone(spec.Files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if err := checkTree(files); err != nil {
		return nil, err
	}
	c := codeWriter{blobs: t.blobs, contents: t.contents, files: files, to: spec.To, by: owner{spec.User.UID, spec.User.GID}}
	return []Recipe{{Kind: KindCode, Key: c.key(), write: c.write}}, nil
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

// codeWriter writes files, sorted by path, below a directory of the image.
type codeWriter struct {
	blobs    Blobs
	contents Contents
	files    []File
	to       string
	by       owner
}

func (c codeWriter) key() string {
	key := newKey(KindCode)
	key.add(c.to, strconv.Itoa(c.by.uid), strconv.Itoa(c.by.gid))
	for _, f := range c.files {
		key.add(f.Path, string(f.Mode), f.Hash)
		if f.Content != nil {
			key.add("content", f.Content.OID)
		}
	}
	return key.String()
}

func (c codeWriter) write(ctx context.Context, w *layerTar) error {
	if err := c.fetch(ctx); err != nil {
		return err
	}
	for _, f := range c.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.add(w, f); err != nil {
			return fmt.Errorf("writing %q: %w", f.Path, err)
		}
	}
	return nil
}

// fetch brings the contents that the layer needs, all in one go.
func (c codeWriter) fetch(ctx context.Context) error {
	var files []File
	for _, f := range c.files {
		if f.Content != nil {
			files = append(files, f)
		}
	}
	switch {
	case len(files) == 0:
		return nil
	case c.contents == nil:
		return fmt.Errorf("%q is kept by Git LFS, and nothing is given that fetches from it", files[0].Path)
	}
	return c.contents.Fetch(ctx, files)
}

// open is a file's content: what Git LFS keeps, or the blob itself.
func (c codeWriter) open(f File) (content io.ReadCloser, size int64, err error) {
	want, what := f.Size, "blob "+f.Hash
	if f.Content == nil {
		content, size, err = c.blobs.Open(f.Hash)
	} else {
		want, what = f.Content.Size, "LFS object "+f.Content.OID
		content, size, err = c.contents.Open(f.Content.OID)
	}
	if err == nil && want >= 0 && size != want {
		content.Close()
		err = fmt.Errorf("%s has %d bytes, not %d", what, size, want)
	}
	return content, size, err
}

func (c codeWriter) add(w *layerTar, f File) error {
	name := path.Join(c.to, f.Path)
	if err := w.parents(c.to, name, c.by); err != nil {
		return err
	}
	if f.Mode == ModeSubmodule {
		return w.dir(name, 0o755, c.by)
	}
	content, size, err := c.open(f)
	if err != nil {
		return err
	}
	defer content.Close()
	if f.Mode == ModeSymlink {
		return c.link(w, name, f, content)
	}
	mode := int64(0o644)
	if f.Mode == ModeExecutable {
		mode = 0o755
	}
	return w.file(name, mode, c.by, contentTime(f.Hash), size, content)
}

func (c codeWriter) link(w *layerTar, name string, f File, content io.Reader) error {
	target, err := io.ReadAll(io.LimitReader(content, maxLink+1))
	switch {
	case err != nil:
		return err
	case len(target) == 0 || len(target) >= maxLink:
		return fmt.Errorf("symlink target has %d bytes or more, Linux takes 1 to %d", len(target), maxLink-1)
	}
	return w.symlink(name, string(target), c.by, contentTime(f.Hash))
}
