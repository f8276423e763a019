package build

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gantline.dev/gantline/build/wheels"
)

// Environment is a Python environment that is put together from archives.
type Environment struct {
	// Python is the base's interpreter.
	Python PythonFacts
	// Venv is where the environment lies, an absolute path.
	Venv string
	// Archives are the wheels, in the lock's order.
	Archives []wheels.Archive
	// Fetch brings archives to this machine and says where they are, in their
	// order. It is called for those whose layers have to be made, and may be
	// called from several goroutines.
	Fetch func(ctx context.Context, archives []wheels.Archive) ([]string, error)
	// Conflict hears of a path that two wheels of one layer have with different
	// contents; the second one's is taken. It may be nil.
	Conflict func(path, first, second string)
	// OtherLayers is how many layers the image has beside these and its code's.
	OtherLayers int
}

// How many layers the wheels of an image may have: of what an engine takes,
// what is left by the others, by a ladder of code at its longest and by data.
const (
	mostWheelLayers = 40
	mostCodeLayers  = 10
	mostDataLayers  = 8
)

// PythonLayers are the recipes of an environment's layers: the empty
// environment, then large wheels each on its own, the largest first, then the
// others in buckets by name. A layer is a function of the hashes of its wheels,
// of Python's minor version and of the environment's path, so that it is the
// same in every image that has these wheels, whatever the base and the commit.
func PythonLayers(e Environment) ([]Recipe, error) {
	budget := min(maxLayers-e.OtherLayers-mostCodeLayers-mostDataLayers, mostWheelLayers)
	if budget < wheels.MinLayers+1 {
		return nil, tooManyLayers(e.OtherLayers + wheels.MinLayers + 1 + mostCodeLayers + mostDataLayers)
	}
	layers := []Recipe{e.skeleton()}
	for _, group := range wheels.Group(e.Archives, budget-1) {
		layers = append(layers, e.group(group))
	}
	return layers, nil
}

// skeleton is the layer of the environment without packages.
func (e Environment) skeleton() Recipe {
	entries := wheels.Venv(e.Venv, e.Python.Target, e.Python.Sites)
	key := newKey(KindPython)
	for _, entry := range entries {
		key.add(entry.Path, entry.Link, entry.Hash)
	}
	return Recipe{Kind: KindPython, Key: key.String(), write: func(_ context.Context, w *layerTar) error {
		return writeEntries(w, entries)
	}}
}

// group is the layer of some wheels.
func (e Environment) group(archives []wheels.Archive) Recipe {
	scheme := wheels.Scheme{Venv: e.Venv, Python: e.Python.Target.Minor()}
	key := newKey(KindPython)
	key.add(wheels.Format, scheme.Venv, scheme.Python)
	var names []string
	for _, archive := range archives {
		key.add(archive.SHA256)
		names = append(names, archive.Name+" "+archive.Version)
	}
	return Recipe{Kind: KindPython, Key: key.String(), Names: names, write: func(ctx context.Context, w *layerTar) error {
		paths, err := e.Fetch(ctx, archives)
		if err != nil {
			return err
		}
		return e.writeWheels(w, scheme, archives, paths)
	}}
}

// writeWheels unpacks wheels into a layer.
func (e Environment) writeWheels(w *layerTar, scheme wheels.Scheme, archives []wheels.Archive, paths []string) error {
	set := make([]wheels.Laid, 0, len(archives))
	for i, archive := range archives {
		wheel, err := wheels.OpenWheel(paths[i], archive.File)
		if err != nil {
			return err
		}
		defer wheel.Close()
		entries, err := wheel.Entries(scheme)
		if err != nil {
			return err
		}
		set = append(set, wheels.Laid{Name: archive.Name, Entries: entries})
	}
	if err := e.tell(wheels.Conflicts(set)); err != nil {
		return err
	}
	all := map[string]wheels.Entry{}
	for _, wheel := range set {
		for _, entry := range wheel.Entries {
			all[entry.Path] = entry
		}
	}
	entries := make([]wheels.Entry, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		entries = append(entries, all[name])
	}
	return writeEntries(w, entries)
}

// tell says which paths two wheels have; one that is a file and a directory
// can't be both.
func (e Environment) tell(conflicts []wheels.Conflict) error {
	for _, c := range conflicts {
		if c.Directory {
			return fmt.Errorf("/%s is a file of one of %s and %s and a directory of the other: they can't be installed together", c.Path, c.First, c.Second)
		}
		if e.Conflict != nil {
			e.Conflict("/"+c.Path, c.First, c.Second)
		}
	}
	return nil
}

// writeEntries writes files of an environment, which belong to root, and the
// directories that they are in.
func writeEntries(w *layerTar, entries []wheels.Entry) error {
	for _, entry := range entries {
		if err := w.parents("", entry.Path, owner{}); err != nil {
			return err
		}
		if err := writeEntry(w, entry); err != nil {
			return err
		}
	}
	return nil
}

func writeEntry(w *layerTar, entry wheels.Entry) error {
	at := contentTime(entry.Hash)
	if entry.Link != "" {
		return w.symlink(entry.Path, entry.Link, owner{}, at)
	}
	content, err := entry.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return w.file(entry.Path, entry.Mode, owner{}, at, entry.Size, content)
}
