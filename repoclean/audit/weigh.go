package audit

import (
	"cmp"
	"path"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
)

// sum is what one name adds up to.
type sum struct {
	history, now Objects
	tree         Totals
}

func (s *sum) add(t sum) {
	s.history, s.now = s.history.Plus(t.history), s.now.Plus(t.now)
	s.tree.Files += t.tree.Files
	s.tree.Bytes += t.tree.Bytes
}

// one is a single object as a sum.
func (o *object) one() Objects {
	if o.missing {
		return Objects{}
	}
	return Objects{1, o.size, o.packed}
}

// treeSize is the size of a file of the commit; gitrepo.UnknownSize where it
// isn't here.
func (s *survey) treeSize(f treeFile) int64 {
	if f.object == none || s.objects.list[f.object].missing {
		return gitrepo.UnknownSize
	}
	return s.objects.list[f.object].size
}

// perPath adds the blobs of the audited commits and the files of Commit up by
// their paths.
func (s *survey) perPath() []sum {
	sums := make([]sum, len(s.paths.list))
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.place != audited || o.kind != blobKind || o.path == none {
			continue
		}
		one := sum{history: o.one()}
		if o.inTree {
			one.now = one.history
		}
		sums[o.path].add(one)
	}
	for _, f := range s.tree {
		if f.mode.IsBlob() {
			sums[f.path].tree.Add(s.treeSize(f))
		}
	}
	return sums
}

// weights fills in the lists by path, directory, extension, kind and author.
func (s *survey) weights(r *Report, paths []sum, dirs *dirTable) {
	r.Paths = s.heaviest(s.paths.list, paths)
	r.Directories = s.heaviest(dirs.names[1:], dirs.sums(paths)[1:])
	extensions, kinds := newNames(), newNames()
	var ofExtension, ofKind []sum
	for i, name := range s.paths.list {
		ofExtension = addTo(ofExtension, extensions.of([]byte(extension(name))), paths[i])
		ofKind = addTo(ofKind, kinds.of([]byte(dirs.kind(i))), paths[i])
	}
	r.Extensions = s.heaviest(extensions.list, ofExtension)
	r.Kinds = s.heaviest(kinds.list, ofKind)
	r.Authors = s.heaviest(s.authors.list, s.perAuthor())
}

func addTo(sums []sum, i uint32, s sum) []sum {
	for int(i) >= len(sums) {
		sums = append(sums, sum{})
	}
	sums[i].add(s)
	return sums
}

func (s *survey) perAuthor() []sum {
	sums := make([]sum, len(s.authors.list))
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.place != audited || o.kind != blobKind || o.commit == none {
			continue
		}
		one := sum{history: o.one()}
		if o.inTree {
			one.now = one.history
		}
		sums[s.commits[o.commit].author].add(one)
	}
	return sums
}

// heaviest is the names that weigh most, those left out that weigh nothing.
func (s *survey) heaviest(list []string, sums []sum) []Weight {
	top := best[Weight]{n: s.req.Top, compare: func(a, b Weight) int {
		return cmp.Or(cmp.Compare(b.History.Packed, a.History.Packed), cmp.Compare(b.Tree.Bytes, a.Tree.Bytes), cmp.Compare(a.Name, b.Name))
	}}
	for i, t := range sums {
		if t.history.Count > 0 || t.tree.Files > 0 {
			top.offer(Weight{Name: list[i], History: t.history, Now: t.now, Tree: t.tree})
		}
	}
	return top.sorted()
}

// extension is the last extension with its dot, in lower case; "" where there
// is none. A dot file has none.
func extension(file string) string {
	name := path.Base(file)
	if strings.LastIndexByte(name, '.') <= 0 {
		return ""
	}
	return strings.ToLower(path.Ext(name))
}
