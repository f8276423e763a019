package audit

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// history sums up what the walk met.
func (s *survey) history() History {
	h := History{Commits: len(s.commits), Blobs: s.blobs, Trees: s.trees, CommitObjects: s.commitObjects}
	for _, c := range s.commits {
		when := c.Committer.When.UTC()
		if h.First.IsZero() || when.Before(h.First) {
			h.First = when
		}
		if when.After(h.Last) {
			h.Last = when
		}
	}
	return h
}

// names fills in the lists by path, directory, extension and kind.
func (s *survey) names(r *Report) {
	one := func(name func(string) string) func(string) []string {
		return func(file string) []string { return []string{name(file)} }
	}
	r.Paths = s.weights(one(func(file string) string { return file }))
	r.Directories = s.weights(directories)
	r.Extensions = s.weights(one(extension))
	r.Kinds = s.weights(one(func(file string) string { return string(repoclean.KindOf(file)) }))
}

// directories is every directory above a file but the root.
func directories(file string) []string {
	var all []string
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	return all
}

// weights adds up blobs and files under the names that a path has, the
// heaviest first.
func (s *survey) weights(names func(string) []string) []Weight {
	sums := map[string]*Weight{}
	sum := func(name string) *Weight {
		if sums[name] == nil {
			sums[name] = &Weight{Name: name}
		}
		return sums[name]
	}
	for _, b := range s.order {
		for _, name := range names(b.path) {
			sum(name).History.add(b.weight)
		}
	}
	for _, e := range s.tree {
		for _, name := range names(e.Path) {
			sum(name).Tree.Add(e.Size)
		}
	}
	list := make([]Weight, 0, len(sums))
	for _, w := range sums {
		list = append(list, *w)
	}
	slices.SortFunc(list, func(a, b Weight) int {
		return cmp.Or(cmp.Compare(b.History.Packed, a.History.Packed), cmp.Compare(b.Tree.Bytes, a.Tree.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return list[:min(len(list), s.req.Top)]
}

// largest is the largest of some blobs.
func (s *survey) largest(blobs []brought) []Blob {
	list := slices.Clone(blobs)
	slices.SortStableFunc(list, func(a, b brought) int { return cmp.Compare(b.bytes, a.bytes) })
	list = list[:min(len(list), s.req.Top)]
	inTree := s.treeHashes()
	out := make([]Blob, 0, len(list))
	for _, b := range list {
		out = append(out, s.blob(b, inTree[b.hash]))
	}
	return out
}

// largestInTree is the largest files of the commit, under their paths there.
func (s *survey) largestInTree() []Blob {
	bringers := make(map[string]brought, len(s.order))
	for _, b := range s.order {
		bringers[b.hash] = b
	}
	list := slices.DeleteFunc(slices.Clone(s.tree), func(e gitrepo.Entry) bool { return !e.Mode.IsBlob() })
	slices.SortStableFunc(list, func(a, b gitrepo.Entry) int { return cmp.Compare(b.Size, a.Size) })
	list = list[:min(len(list), s.req.Top)]
	out := make([]Blob, 0, len(list))
	for _, e := range list {
		b, ok := bringers[e.Hash]
		if !ok { // a partial clone knows nothing of it
			out = append(out, Blob{Hash: e.Hash, Path: e.Path, Kind: repoclean.KindOf(e.Path), Bytes: e.Size, InTree: true})
			continue
		}
		b.path = e.Path
		out = append(out, s.blob(b, true))
	}
	return out
}

func (s *survey) blob(b brought, inTree bool) Blob {
	c := s.commits[b.commit]
	return Blob{
		Hash: b.hash, Path: b.path, Kind: repoclean.KindOf(b.path), Bytes: b.bytes, Packed: b.packed,
		Commit: c.Hash, Author: c.Author.Name, Date: date(c), InTree: inTree,
	}
}

// date is when a commit was made.
func date(c contribution) time.Time { return c.Committer.When.UTC() }

// treeHashes is the blobs of the commit.
func (s *survey) treeHashes() map[string]bool {
	hashes := make(map[string]bool, len(s.tree))
	for _, e := range s.tree {
		hashes[e.Hash] = true
	}
	return hashes
}

// growth is what the commits of the range brought.
func (s *survey) growth(base, head gitrepo.Commit) *Growth {
	g := &Growth{Base: base.Hash, Head: head.Hash, Commits: []CommitGrowth{}}
	for _, c := range s.commits {
		if !c.inRange {
			continue
		}
		g.Commits = append(g.Commits, CommitGrowth{Commit: c.Hash, Subject: c.Subject(), Author: c.Author.Name, Date: date(c), Added: c.added})
	}
	return g
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
