package audit

import (
	"bytes"
)

// ascend closes the directories that a path is not in; all of them with all.
func (w *walk) ascend(path []byte, all bool) {
	for len(w.dirs.list) > 0 {
		top := w.dirs.top()
		if !all && top.holds(w.dirs.path, path) {
			return
		}
		w.count(top)
		w.dirs.list = w.dirs.list[:len(w.dirs.list)-1]
	}
}

// count works out how many entries a new tree has, from those of the old one.
func (w *walk) count(d *openDir) {
	if d.now == none || w.objects.list[d.now].entries >= 0 {
		return
	}
	entries := d.delta
	if d.before != none {
		entries += max(0, w.objects.list[d.before].entries)
	}
	w.objects.list[d.now].entries = entries
	w.maxima.entries += int64(entries)
	if w.maxima.treeEntries.offer(int64(entries), d.now) {
		w.maxima.treePath = string(w.dirs.path[:d.length])
	}
}

// dirStack is the directories above the path that is being told.
type dirStack struct {
	list []openDir
	path []byte // of the innermost
}

// openDir is a directory whose entries are being told.
type openDir struct {
	length      int    // of its path; 0 is the root
	before, now uint32 // the old and the new tree; none where there is none
	delta       int32  // entries that came, less those that went
}

func (s *dirStack) top() *openDir { return &s.list[len(s.list)-1] }

func (s *dirStack) open(path []byte, before, now uint32) {
	s.path = append(s.path[:0], path...)
	s.list = append(s.list, openDir{length: len(path), before: before, now: now})
}

// holds says whether a path lies in the directory, whose own path begins the
// innermost one's.
func (d *openDir) holds(innermost, path []byte) bool {
	if d.length == 0 {
		return true
	}
	return len(path) > d.length && path[d.length] == '/' && bytes.Equal(path[:d.length], innermost[:d.length])
}
