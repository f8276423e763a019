package build

import (
	"cmp"
	"context"
	"fmt"
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

// dataPath is where an image has what Git LFS keeps: out of the code's
// directory, so that no layer of code hides it, and by content, so that a file
// that moves costs nothing. The code has a link to it.
func dataPath(oid string) string { return path.Join(dataDir, oid) }

// datum is one content, however many files have it.
type datum struct {
	File
	mode int64
}

// dataWriter makes the layers of contents.
type dataWriter struct {
	contents Contents
	one      *sync.Mutex
}

// recipes are the layers of a Spec's contents: the largest have their own, by
// falling size, and the rest share one.
func (d *dataWriter) recipes(spec Spec) []Recipe {
	var recipes []Recipe
	all := dataOf(spec.Files)
	for len(all) > 0 && len(recipes) < maxLargeData && all[0].Content.Size >= largeData {
		recipes = append(recipes, d.recipe(all[:1]))
		all = all[1:]
	}
	if len(all) > 0 {
		recipes = append(recipes, d.recipe(all))
	}
	return recipes
}

// dataOf is the contents of some files, each once, the largest first.
func dataOf(files []File) []datum {
	kept := slices.DeleteFunc(slices.Clone(files), func(f File) bool { return f.Content == nil })
	at := map[string]int{}
	var all []datum
	for _, f := range sorted(kept) {
		i, ok := at[f.Content.OID]
		if !ok {
			i = len(all)
			at[f.Content.OID] = i
			all = append(all, datum{f, 0o644})
		}
		if f.Mode == ModeExecutable {
			all[i].mode = 0o755
		}
	}
	slices.SortFunc(all, func(a, b datum) int {
		return cmp.Or(cmp.Compare(b.Content.Size, a.Content.Size), strings.Compare(a.Content.OID, b.Content.OID))
	})
	return all
}

func (d *dataWriter) recipe(all []datum) Recipe {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b datum) int { return strings.Compare(a.Content.OID, b.Content.OID) })
	key := newKey(KindData)
	key.add(dataDir)
	for _, one := range all {
		key.add(one.Content.OID, fmt.Sprint(one.mode))
	}
	return Recipe{Kind: KindData, Key: key.String(), write: func(ctx context.Context, w *layerTar) error {
		d.one.Lock()
		defer d.one.Unlock()
		return d.write(ctx, w, all)
	}}
}

func (d *dataWriter) write(ctx context.Context, w *layerTar, all []datum) error {
	if d.contents == nil {
		return fmt.Errorf("%q is kept by Git LFS, and nothing is given that fetches from it", all[0].Path)
	}
	files := make([]File, 0, len(all))
	for _, one := range all {
		files = append(files, one.File)
	}
	if err := d.contents.Fetch(ctx, files); err != nil {
		return err
	}
	for _, one := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.add(w, one); err != nil {
			return fmt.Errorf("writing %q: %w", one.Path, err)
		}
	}
	return nil
}

func (d *dataWriter) add(w *layerTar, one datum) error {
	name := dataPath(one.Content.OID)
	if err := w.parents("", name, owner{}); err != nil {
		return err
	}
	content, size, err := d.contents.Open(one.Content.OID)
	if err != nil {
		return err
	}
	defer content.Close()
	if size != one.Content.Size {
		return fmt.Errorf("LFS object %s has %s, not %s", one.Content.OID, diag.Size(size), diag.Size(one.Content.Size))
	}
	return w.file(name, one.mode, owner{}, contentTime(one.Content.OID), size, content)
}
