package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"gantline.dev/gantline/internal/diag"
)

const (
	// dataDir is the directory of the contents, each named by its SHA-256.
	dataDir = "/.gantline/data"
	// largeData is the size in bytes from which a content has a layer of its own:
	// a change of another one doesn't move it.
	largeData = 64 << 20
	// maxLargeData is how many such layers an image has at most.
	maxLargeData = 16
)

// dataPath is where an image has a content: out of the code's directory, so that
// no layer of code hides it, and by content, so that a file that moves costs
// nothing. The code has a link to it.
func dataPath(oid string) string { return path.Join(dataDir, oid) }

// path is where the image's programs find the content.
func (c Content) path() string {
	if c.Volume != "" {
		return path.Join(VolumeDir(c.Volume), c.OID)
	}
	return dataPath(c.OID)
}

// place names where the content is, for keys.
func (c Content) place() string {
	if c.Volume != "" {
		return "data in " + c.Volume
	}
	return "data"
}

// datum is one content, however many files have it.
type datum struct {
	File
	mode  int64
	names []string
}

// dataWriter makes the layers of contents.
type dataWriter struct {
	contents Contents
	blobs    Blobs
	one      *sync.Mutex
}

// recipes are the layers of a Spec's contents, as far as they are no volumes.
func (d *dataWriter) recipes(spec Spec) []Recipe {
	return d.divided(dataOf(inVolume(spec.Files, "")), dataDir, maxLargeData, spec.Compression)
}

// divided are the layers of contents, the largest first: so many of the large
// ones have their own, by falling size, and the rest share one.
func (d *dataWriter) divided(all []datum, dir string, most int, how Compression) []Recipe {
	var recipes []Recipe
	for len(all) > 0 && len(recipes) < most && all[0].Content.Size >= largeData {
		recipes = append(recipes, d.recipe(all[:1], dir, how))
		all = all[1:]
	}
	if len(all) > 0 {
		recipes = append(recipes, d.recipe(all, dir, how))
	}
	return recipes
}

// withContent is the files that are data.
func withContent(files []File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.Content == nil })
}

// inVolume is the files whose content the volume has; without a name, those
// whose content a layer has.
func inVolume(files []File, volume string) []File {
	return slices.DeleteFunc(withContent(files), func(f File) bool { return f.Content.Volume != volume })
}

// dataOf is the contents of some files, each once, the largest first.
func dataOf(files []File) []datum {
	at := map[string]int{}
	var all []datum
	for _, f := range sorted(withContent(files)) {
		i, ok := at[f.Content.OID]
		if !ok {
			i = len(all)
			at[f.Content.OID] = i
			all = append(all, datum{File: f, mode: 0o644})
		}
		one := &all[i]
		if f.Mode == ModeExecutable {
			one.mode = 0o755
		}
		if f.Content.InGit { // nearer than Git LFS
			one.File = f
		}
		if f.Content.Name != "" {
			one.names = append(one.names, f.Content.Name)
		}
	}
	slices.SortFunc(all, func(a, b datum) int {
		return cmp.Or(cmp.Compare(b.Content.Size, a.Content.Size), strings.Compare(a.Content.OID, b.Content.OID))
	})
	return all
}

func (d *dataWriter) recipe(all []datum, dir string, how Compression) Recipe {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b datum) int { return strings.Compare(a.Content.OID, b.Content.OID) })
	how = cmp.Or(how, GzipWhereItPays)
	key := newKey(KindData)
	key.add(dir, string(how))
	var names []string
	for _, one := range all {
		key.add(one.Content.OID, fmt.Sprint(one.mode))
		names = append(names, one.names...)
	}
	slices.Sort(names)
	return Recipe{
		Kind: KindData, Key: key.String(), Names: slices.Compact(names), compression: how,
		write: func(ctx context.Context, w *layerTar) error {
			d.one.Lock()
			defer d.one.Unlock()
			return d.write(ctx, w, dir, all)
		},
	}
}

func (d *dataWriter) write(ctx context.Context, w *layerTar, dir string, all []datum) error {
	if err := d.fetch(ctx, all); err != nil {
		return err
	}
	for _, one := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.add(w, path.Join(dir, one.Content.OID), one); err != nil {
			return fmt.Errorf("writing %q: %w", one.Path, err)
		}
	}
	return nil
}

// fetch brings the contents that git doesn't have.
func (d *dataWriter) fetch(ctx context.Context, all []datum) error {
	var files []File
	for _, one := range all {
		if !one.Content.InGit {
			files = append(files, one.File)
		}
	}
	switch {
	case len(files) == 0:
		return nil
	case d.contents == nil:
		return fmt.Errorf("%q is kept by Git LFS, and nothing is given that fetches from it", files[0].Path)
	}
	return d.contents.Fetch(ctx, files)
}

func (d *dataWriter) add(w *layerTar, name string, one datum) error {
	if err := w.parents("", name, owner{}); err != nil {
		return err
	}
	content, size, err := d.open(one.File)
	if err != nil {
		return err
	}
	defer content.Close()
	if size != one.Content.Size {
		return fmt.Errorf("content %s has %s, not %s", one.Content.OID, diag.Size(size), diag.Size(one.Content.Size))
	}
	digest := sha256.New()
	if err := w.file(name, one.mode, owner{}, contentTime(one.Content.OID), size, io.TeeReader(content, digest)); err != nil {
		return err
	}
	if got := hashOf(digest).Hex; got != one.Content.OID {
		return fmt.Errorf("its content is %s, not %s", got, one.Content.OID)
	}
	return nil
}

func (d *dataWriter) open(f File) (io.ReadCloser, int64, error) {
	if f.Content.InGit {
		return d.blobs.Open(f.Hash)
	}
	return d.contents.Open(f.Content.OID)
}
