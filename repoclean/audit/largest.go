package audit

import (
	"cmp"

	"gantline.dev/gantline/repoclean"
)

// sized is a blob among the largest.
type sized struct {
	object, path uint32
	name         string
	size         int64
	commit       uint32
}

// bySize puts the largest first, and of equals the one that came first.
func bySize(a, b sized) int {
	return cmp.Or(cmp.Compare(b.size, a.size), cmp.Compare(a.commit, b.commit), cmp.Compare(a.name, b.name), cmp.Compare(a.object, b.object))
}

// largest is the largest blobs of a place.
func (s *survey) largest(where place) []Blob {
	top := best[sized]{n: s.req.Top, compare: bySize}
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.place == where && o.kind == blobKind && !o.missing {
			top.offer(sized{uint32(i), o.path, s.pathName(o.path), o.size, o.commit})
		}
	}
	return s.blobs(top.sorted())
}

// largestInTree is the largest files of the commit, under their paths there.
func (s *survey) largestInTree() []Blob {
	top := best[sized]{n: s.req.Top, compare: bySize}
	for _, f := range s.tree {
		if f.object == none {
			continue
		}
		if o := &s.objects.list[f.object]; !o.missing {
			top.offer(sized{f.object, f.path, s.pathName(f.path), o.size, o.commit})
		}
	}
	return s.blobs(top.sorted())
}

func (s *survey) pathName(path uint32) string {
	if path == none {
		return ""
	}
	return s.paths.list[path]
}

func (s *survey) blobs(list []sized) []Blob {
	out := make([]Blob, 0, len(list))
	for _, l := range list {
		o := &s.objects.list[l.object]
		b := Blob{Hash: s.hash(l.object), Path: l.name, Kind: repoclean.KindOf(l.name), Bytes: o.size, Packed: o.packed, InTree: o.inTree}
		if o.commit != none {
			c := &s.commits[o.commit]
			b.Commit, b.Author, b.Date = s.hash(c.object), s.authors.list[c.author], c.when()
		}
		out = append(out, b)
	}
	return out
}
