package audit

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
)

// Limits that keep a map of areas legible: how many there are in all, how many
// beside each other, and what share of the whole the smallest has.
const (
	maxAreas     = 600
	maxSiblings  = 40
	smallestPart = 0.002
)

// rest names the parts that are too small to be named, in sum.
const rest = "…"

// areaMap makes nested areas of directories and files.
type areaMap struct {
	paths []string
	dirs  *dirTable
	sums  []sum
	value func(sum) (bytes int64, files int)
	below [][]part // of each directory
	kinds []int64  // bytes of each directory by kind, one row a directory
	floor int64    // smaller parts aren't named
}

// part is a directory or a file as part of a directory.
type part struct {
	name  string
	bytes int64
	files int
	dir   uint32 // none for a file
	kind  uint8  // what most of its bytes are
	gone  bool
}

// areas is the map of some sums by path.
func areas(paths []string, dirs *dirTable, sums []sum, value func(sum) (int64, int)) Area {
	m := &areaMap{paths: paths, dirs: dirs, sums: sums, value: value, below: make([][]part, len(dirs.names))}
	m.kinds = make([]int64, len(dirs.names)*len(dirs.kindList))
	root := m.gather()
	m.floor = int64(float64(root.bytes) * smallestPart)
	return m.grow(root)
}

// row is a directory's bytes by kind.
func (m *areaMap) row(dir uint32) []int64 {
	n := len(m.dirs.kindList)
	return m.kinds[int(dir)*n : int(dir+1)*n]
}

// gather adds directories up from below.
func (m *areaMap) gather() part {
	for i := range m.paths {
		bytes, files := m.value(m.sums[i])
		if files == 0 {
			continue
		}
		dir, kind := m.dirs.of[i], m.dirs.kinds[i]
		m.below[dir] = append(m.below[dir], part{
			name: baseOf(m.paths[i]), bytes: bytes, files: files, kind: kind, dir: none, gone: m.sums[i].tree.Files == 0})
		m.row(dir)[kind] += bytes
	}
	for dir := uint32(len(m.below) - 1); dir > 0; dir-- {
		if p := m.whole(dir); p.files > 0 {
			up := m.dirs.parent[dir]
			m.below[up] = append(m.below[up], p)
			addRow(m.row(up), m.row(dir))
		}
	}
	return m.whole(0)
}

func addRow(to, from []int64) {
	for i, n := range from {
		to[i] += n
	}
}

// whole is a directory as one part.
func (m *areaMap) whole(dir uint32) part {
	p := part{name: baseOf(m.dirs.names[dir]), dir: dir, kind: mostOf(m.row(dir)), gone: true}
	for _, b := range m.below[dir] {
		p.bytes += b.bytes
		p.files += b.files
		p.gone = p.gone && b.gone
	}
	return p
}

// mostOf is the number of the kind that has most bytes, of equals the first.
func mostOf(row []int64) uint8 {
	most := 0
	for i, n := range row {
		if n > row[most] {
			most = i
		}
	}
	return uint8(most)
}

func baseOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func (m *areaMap) area(p part) Area {
	a := Area{Name: p.name, Bytes: p.bytes, Files: p.files, Deleted: p.gone}
	if p.files > 0 {
		a.Kind = m.dirs.kindList[p.kind]
	}
	return a
}

// bud is an area whose parts are not in the map yet.
type bud struct {
	area *Area
	dir  uint32
}

// grow opens one directory after the other, the largest first, while there is
// room.
func (m *areaMap) grow(root part) Area {
	top := m.area(root)
	buds := &budHeap{{&top, 0}}
	for n := 1; buds.Len() > 0 && n < maxAreas; {
		b := heap.Pop(buds).(bud)
		parts := m.parts(b.dir)
		if n += len(parts); n > maxAreas {
			break
		}
		if len(parts) == 0 { // of a root without files
			break
		}
		b.area.Areas = make([]Area, len(parts))
		for i, p := range parts {
			b.area.Areas[i] = m.area(p)
			if p.dir != none {
				heap.Push(buds, bud{&b.area.Areas[i], p.dir})
			}
		}
	}
	return top
}

// parts is what a directory holds, the largest first, the small ones in sum.
func (m *areaMap) parts(dir uint32) []part {
	parts := m.below[dir]
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(a.name, b.name), cmp.Compare(a.dir, b.dir))
	})
	named := min(len(parts), maxSiblings)
	for named > 0 && parts[named-1].bytes < m.floor {
		named--
	}
	if named == len(parts) {
		return parts
	}
	return append(slices.Clone(parts[:named]), m.sumOf(parts[named:]))
}

// sumOf is small parts as one.
func (m *areaMap) sumOf(parts []part) part {
	small, kinds := part{name: rest, dir: none, gone: true}, make([]int64, len(m.dirs.kindList))
	for _, p := range parts {
		small.bytes += p.bytes
		small.files += p.files
		small.gone = small.gone && p.gone
		if p.dir == none {
			kinds[p.kind] += p.bytes
		} else {
			addRow(kinds, m.row(p.dir))
		}
	}
	small.kind = mostOf(kinds)
	return small
}

// budHeap gives the largest first.
type budHeap []bud

// Len implements heap.Interface.
func (h budHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h budHeap) Less(i, j int) bool { return h[i].area.Bytes > h[j].area.Bytes }

// Swap implements heap.Interface.
func (h budHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *budHeap) Push(x any) { *h = append(*h, x.(bud)) }

// Pop implements heap.Interface.
func (h *budHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
