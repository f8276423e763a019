package audit

import (
	"bytes"

	"gantline.dev/gantline/internal/gitrepo"
)

// checkout is what a commit's files are in a work tree.
type checkout struct {
	root                           uint32 // the tree object
	files, links, submodules, dirs int32
	bytes                          int64 // of files, not of links
}

// add counts an entry, or takes it out again with sign -1.
func (c *checkout) add(mode gitrepo.Mode, size int64, sign int32) {
	switch mode {
	case gitrepo.Symlink:
		c.links += sign
	case gitrepo.Submodule:
		c.submodules += sign
	case gitrepo.Directory:
		c.dirs += sign
	default:
		c.files += sign
		c.bytes += int64(sign) * size
	}
}

// maximum is the largest value of a figure and what has it: a commit or an
// object by its number.
type maximum struct {
	value int64
	of    uint32
	any   bool
}

// offer takes a value that is larger than all before. The first of equals stays.
func (m *maximum) offer(value int64, of uint32) bool {
	if m.any && value <= m.value {
		return false
	}
	*m = maximum{value, of, true}
	return true
}

// maxima is git-sizer's figures that only a walk can tell.
type maxima struct {
	parents, depth                       maximum // of commits
	dirs, files, bytes, links, submodule maximum
	length, levels                       maximum
	longest, deepest                     string // the paths of length and levels
	treeEntries                          maximum
	treePath                             string
	entries                              int64 // of all trees
}

func (m *maxima) checkout(at checkout, commit uint32) {
	m.dirs.offer(int64(at.dirs), commit)
	m.files.offer(int64(at.files), commit)
	m.bytes.offer(at.bytes, commit)
	m.links.offer(int64(at.links), commit)
	m.submodule.offer(int64(at.submodules), commit)
}

// path notes a path that came.
func (m *maxima) path(path []byte, commit uint32) {
	if m.length.offer(int64(len(path)), commit) {
		m.longest = string(path)
	}
	if m.levels.offer(int64(bytes.Count(path, []byte("/"))+1), commit) {
		m.deepest = string(path)
	}
}
