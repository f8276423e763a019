package build

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Inside is what the files of an image are: those that a container sees, and
// those that only cost.
type Inside struct {
	// Files and Bytes are the regular files that a container sees, a file with
	// several hard links counted once.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// Unpacked is the bytes of the files of all layers: Bytes and Wasted.
	Unpacked int64 `json:"unpacked"`
	// Wasted is the bytes of files that a layer brings and a higher one replaces
	// or deletes: they are sent, kept and never seen.
	Wasted int64 `json:"wasted"`
	// Copied is the bytes of second and further files of equal content, of those
	// that are not small.
	Copied int64 `json:"copied"`
	// Layers are lowest first.
	Layers []InsideLayer `json:"layers"`
	// Largest are the largest files that a container sees, Hidden the paths that
	// waste most, Duplicates the contents that are there more than once.
	Largest    []InsideFile      `json:"largest"`
	Hidden     []HiddenPath      `json:"hidden"`
	Duplicates []InsideDuplicate `json:"duplicates"`
	// MoreHidden and MoreDuplicates are how many of each were left out.
	MoreHidden     int `json:"moreHidden,omitempty"`
	MoreDuplicates int `json:"moreDuplicates,omitempty"`
}

// InsideLayer is what one layer brings.
type InsideLayer struct {
	// Files and Bytes are its regular files, unpacked.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// Wasted is the part of Bytes that higher layers replace or delete.
	Wasted int64 `json:"wasted"`
}

// InsideFile is a file that a container sees.
type InsideFile struct {
	// Path is absolute.
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	// Layer is the one that brings it, 0 the lowest.
	Layer int `json:"layer"`
}

// HiddenPath is a path that one layer brings and a higher one hides.
type HiddenPath struct {
	Path string `json:"path"`
	// Bytes are those of all files that were there and are not seen.
	Bytes int64 `json:"bytes"`
	// Times is how many such files there were.
	Times int `json:"times"`
	// Deleted says that nothing is at the path in the end.
	Deleted bool `json:"deleted"`
	// Layer brought the first of them, By hid the last.
	Layer int `json:"layer"`
	By    int `json:"by"`
}

// InsideDuplicate is a content that several files have.
type InsideDuplicate struct {
	// Bytes are those of one of them.
	Bytes int64 `json:"bytes"`
	// Paths are sorted, two at least.
	Paths []string `json:"paths"`
}

// Wasted is the bytes of all copies but one.
func (d InsideDuplicate) Wasted() int64 { return d.Bytes * int64(len(d.Paths)-1) }

// smallFile is the size in bytes below which equal files aren't told: licences
// and empty modules, of which there are thousands.
const smallFile = 16 << 10

// maxPaths is how many paths, directories among them, an image may have to be
// looked into.
const maxPaths = 8 << 20

// inode is a file, by however many paths.
type inode struct {
	kind    entryKind
	layer   int
	size    int64
	content contentHash
	links   int
}

// pathNode is a path: a directory where it has no file.
type pathNode struct {
	children map[string]*pathNode
	file     *inode
}

// merged is the tree that layers make, lowest first.
type merged struct {
	root   *pathNode
	paths  int
	layer  int // the one that is being added
	hidden map[string]*HiddenPath
	inside Inside
}

// mergeLayers lays layers on each other as an engine does when it unpacks them.
func mergeLayers(layers []layerIndex) (Inside, error) {
	m := &merged{root: &pathNode{}, hidden: map[string]*HiddenPath{}, inside: Inside{Layers: make([]InsideLayer, len(layers))}}
	for i, index := range layers {
		m.layer = i
		m.hide(index)
		for _, e := range index.entries {
			if err := m.add(e); err != nil {
				return Inside{}, err
			}
		}
	}
	return m.sum(), nil
}

// hide does a layer's whiteouts. They are of the layers below, so that they
// come before what the layer adds, wherever they stand in it.
func (m *merged) hide(index layerIndex) {
	for _, e := range index.entries {
		switch e.kind {
		case whiteoutEntry:
			if dir, base := m.parent(e.path); dir != nil && dir.children[base] != nil {
				m.drop(dir.children[base], e.path)
				delete(dir.children, base)
			}
		case opaqueEntry:
			if at := m.find(e.path); at != nil {
				for name, child := range at.children {
					m.drop(child, join(e.path, name))
				}
				at.children = nil
			}
		}
	}
}

// join is path.Join for what is clean already.
func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// find is what is at a path, or nil.
func (m *merged) find(path string) *pathNode {
	at := m.root
	for path != "" && at != nil {
		var name string
		name, path, _ = strings.Cut(path, "/")
		at = at.children[name]
	}
	return at
}

// parent is the directory of a path, or nil, and the last name.
func (m *merged) parent(path string) (dir *pathNode, base string) {
	i := strings.LastIndexByte(path, '/')
	return m.find(path[:max(i, 0)]), path[i+1:]
}

// drop gives up a node and all below it. What had its last path there is
// wasted.
func (m *merged) drop(n *pathNode, path string) {
	for name, child := range n.children {
		m.drop(child, join(path, name))
	}
	m.release(n, path)
	m.paths--
}

// release takes a path from a file.
func (m *merged) release(n *pathNode, path string) {
	file := n.file
	n.file = nil
	if file == nil {
		return
	}
	if file.links--; file.links > 0 || file.size == 0 {
		return
	}
	m.inside.Wasted += file.size
	m.inside.Layers[file.layer].Wasted += file.size
	at, ok := m.hidden[path]
	if !ok {
		at = &HiddenPath{Path: "/" + path, Layer: file.layer}
		m.hidden[path] = at
	}
	at.Bytes += file.size
	at.Times++
	at.By = m.layer
}

// add puts an entry into the tree. Parents that have no entry are directories.
func (m *merged) add(e layerEntry) error {
	if e.kind == whiteoutEntry || e.kind == opaqueEntry {
		return nil
	}
	target := m.find(e.target) // before a link hides what it names
	at, err := m.make(e.path)
	if err != nil {
		return err
	}
	if e.kind == dirEntry {
		m.release(at, e.path)
		return nil
	}
	var file *inode
	if e.kind == hardLinkEntry && target != nil && target.file != nil {
		file = target.file
	} else {
		file = &inode{kind: e.kind, layer: m.layer, size: e.size, content: e.content}
	}
	file.links++
	for name, child := range at.children {
		m.drop(child, join(e.path, name))
	}
	at.children = nil
	m.release(at, e.path)
	at.file = file
	if e.kind == fileEntry {
		m.inside.Layers[m.layer].Files++
		m.inside.Layers[m.layer].Bytes += e.size
		m.inside.Unpacked += e.size
	}
	return nil
}

// make is the node of a path, made where there is none.
func (m *merged) make(path string) (*pathNode, error) {
	at, whole := m.root, path
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path, "/")
		next := at.children[name]
		if next == nil {
			if m.paths++; m.paths > maxPaths {
				return nil, fmt.Errorf("it has more than %d paths", maxPaths)
			}
			next = &pathNode{}
			if at.children == nil {
				at.children = map[string]*pathNode{}
			}
			at.children[name] = next
		}
		if path != "" { // a file that another path needs as a directory
			m.release(next, strings.TrimSuffix(whole[:len(whole)-len(path)], "/"))
		}
		at = next
	}
	return at, nil
}

// sum lists what is there in the end.
func (m *merged) sum() Inside {
	out := m.inside
	seen := map[*inode]bool{}
	copies := map[contentHash][]InsideFile{}
	m.walk(m.root, "", func(path string, file *inode) {
		if file.kind != fileEntry || seen[file] {
			return
		}
		seen[file] = true
		f := InsideFile{Path: "/" + path, Bytes: file.size, Layer: file.layer}
		out.Files++
		out.Bytes += f.Bytes
		out.Largest = append(out.Largest, f)
		if f.Bytes >= smallFile && file.content != (contentHash{}) {
			copies[file.content] = append(copies[file.content], f)
		}
	})
	slices.SortStableFunc(out.Largest, func(a, b InsideFile) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for path, h := range m.hidden {
		h.Deleted = m.find(path) == nil
		out.Hidden = append(out.Hidden, *h)
	}
	slices.SortFunc(out.Hidden, func(a, b HiddenPath) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Path, b.Path))
	})
	out.Duplicates = duplicatesOf(copies)
	for _, d := range out.Duplicates {
		out.Copied += d.Wasted()
	}
	return out
}

// walk visits all files by path.
func (m *merged) walk(n *pathNode, path string, visit func(path string, file *inode)) {
	if n.file != nil {
		visit(path, n.file)
	}
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		m.walk(n.children[name], join(path, name), visit)
	}
}

func duplicatesOf(copies map[contentHash][]InsideFile) []InsideDuplicate {
	var out []InsideDuplicate
	for _, files := range copies {
		if len(files) < 2 {
			continue
		}
		d := InsideDuplicate{Bytes: files[0].Bytes}
		for _, f := range files {
			d.Paths = append(d.Paths, f.Path)
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b InsideDuplicate) int {
		return cmp.Or(cmp.Compare(b.Wasted(), a.Wasted()), strings.Compare(a.Paths[0], b.Paths[0]))
	})
	return out
}

// cut is the lists' first entries; 0 keeps all.
func (in Inside) cut(top int) Inside {
	if top <= 0 {
		return in
	}
	in.Largest = in.Largest[:min(top, len(in.Largest))]
	if n := len(in.Hidden); n > top {
		in.Hidden, in.MoreHidden = in.Hidden[:top], n-top
	}
	if n := len(in.Duplicates); n > top {
		in.Duplicates, in.MoreDuplicates = in.Duplicates[:top], n-top
	}
	return in
}
