package audit

// The groups of measures.
const (
	groupOverall  = "overall"
	groupBiggest  = "biggest"
	groupHistory  = "history"
	groupCheckout = "checkout"
)

// unitBytes is the unit of sizes; counts have none.
const unitBytes = "bytes"

// measures is git-sizer's figures. Those that follow from the objects alone are
// there for a range too.
func (s *survey) measures(h History) []Measure {
	list := []Measure{
		{Group: groupOverall, Name: "uniqueCommitCount", Text: "Commits", Value: int64(h.CommitObjects.Count), Reference: 500e3},
		{Group: groupOverall, Name: "uniqueCommitSize", Text: "Total size of commits", Value: h.CommitObjects.Bytes, Unit: unitBytes, Reference: 250e6},
		{Group: groupOverall, Name: "uniqueTreeCount", Text: "Trees", Value: int64(h.Trees.Count), Reference: 1.5e6},
		{Group: groupOverall, Name: "uniqueTreeSize", Text: "Total size of trees", Value: h.Trees.Bytes, Unit: unitBytes, Reference: 2e9},
		{Group: groupOverall, Name: "uniqueBlobCount", Text: "Blobs", Value: int64(h.Blobs.Count), Reference: 1.5e6},
		{Group: groupOverall, Name: "uniqueBlobSize", Text: "Total size of blobs", Value: h.Blobs.Bytes, Unit: unitBytes, Reference: 10e9},
	}
	if !s.walked.ranged {
		list = append(list, s.wholeOverall()...)
	}
	list = append(list, s.biggest()...)
	if !s.walked.ranged {
		list = append(list, s.historyMeasures()...)
		list = append(list, s.checkoutMeasures()...)
	}
	for i := range list {
		list[i].Concern = float64(list[i].Value) / list[i].Reference
	}
	return list
}

// wholeOverall is what only a whole history has.
func (s *survey) wholeOverall() []Measure {
	list := []Measure{
		{Group: groupOverall, Name: "uniqueTreeEntries", Text: "Entries of all trees", Value: s.walked.maxima.entries, Reference: 50e6},
		{Group: groupOverall, Name: "uniqueTagCount", Text: "Annotated tags", Value: int64(s.refs.tags), Reference: 25e3},
		{Group: groupOverall, Name: "referenceCount", Text: "References", Value: int64(s.refs.count), Reference: 25e3},
	}
	for _, g := range refGroups() {
		if n := s.refs.groups[g.name]; n > 0 {
			list = append(list, Measure{Group: groupOverall, Name: "refgroup." + g.name, Text: g.text, Value: int64(n), Reference: 25e3})
		}
	}
	return list
}

// biggest is the largest objects of each type.
func (s *survey) biggest() []Measure {
	var commits, blobs maximum
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.place != audited || o.missing {
			continue
		}
		switch o.kind {
		case commitKind:
			commits.offer(o.size, uint32(i))
		case blobKind:
			blobs.offer(o.size, uint32(i))
		}
	}
	m := &s.walked.maxima
	list := []Measure{
		s.ofObject(Measure{Group: groupBiggest, Name: "maxCommitSize", Text: "Largest commit", Unit: unitBytes, Reference: 50e3}, commits),
		s.ofCommit(Measure{Group: groupBiggest, Name: "maxParentCount", Text: "Most parents of a commit", Reference: 10}, m.parents),
		s.ofObject(Measure{Group: groupBiggest, Name: "maxBlobSize", Text: "Largest blob", Unit: unitBytes, Reference: 10e6}, blobs),
	}
	if !s.walked.ranged {
		entries := s.ofObject(Measure{Group: groupBiggest, Name: "maxTreeEntries", Text: "Most entries of a tree", Reference: 1000}, m.treeEntries)
		entries.Path = m.treePath
		list = append(list, entries)
	}
	return list
}

func (s *survey) historyMeasures() []Measure {
	return []Measure{
		s.ofCommit(Measure{Group: groupHistory, Name: "maxHistoryDepth", Text: "Longest chain of commits", Reference: 500e3}, s.walked.maxima.depth),
		{Group: groupHistory, Name: "maxTagDepth", Text: "Tags that point to tags, one on the other", Value: int64(s.refs.tagDepth), Reference: 1.001},
	}
}

// checkoutMeasures is the largest that any commit is as files. Where sizes are
// unknown, that of all files is left out.
func (s *survey) checkoutMeasures() []Measure {
	m := &s.walked.maxima
	length := s.ofCommit(Measure{Group: groupCheckout, Name: "maxCheckoutPathLength", Text: "Longest path", Unit: unitBytes, Reference: 100}, m.length)
	length.Path = m.longest
	depth := s.ofCommit(Measure{Group: groupCheckout, Name: "maxCheckoutPathDepth", Text: "Deepest path", Reference: 10}, m.levels)
	depth.Path = m.deepest
	list := []Measure{
		s.ofCommit(Measure{Group: groupCheckout, Name: "maxCheckoutTreeCount", Text: "Directories", Reference: 2000}, m.dirs),
		depth, length,
		s.ofCommit(Measure{Group: groupCheckout, Name: "maxCheckoutBlobCount", Text: "Files", Reference: 50e3}, m.files),
	}
	if s.lostBlobs == 0 {
		list = append(list, s.ofCommit(Measure{Group: groupCheckout, Name: "maxCheckoutBlobSize", Text: "Total size of files", Unit: unitBytes, Reference: 1e9}, m.bytes))
	}
	return append(list,
		s.ofCommit(Measure{Group: groupCheckout, Name: "maxCheckoutLinkCount", Text: "Symbolic links", Reference: 25e3}, m.links),
		s.ofCommit(Measure{Group: groupCheckout, Name: "maxCheckoutSubmoduleCount", Text: "Submodules", Reference: 100}, m.submodule),
	)
}

// ofObject is a measure with the object that has the maximum.
func (s *survey) ofObject(m Measure, top maximum) Measure {
	if top.any {
		m.Value, m.Object = top.value, s.hash(top.of)
		m.Path = s.pathName(s.objects.list[top.of].path)
	}
	return m
}

// ofCommit is a measure with the commit that has the maximum.
func (s *survey) ofCommit(m Measure, top maximum) Measure {
	if top.any {
		m.Value = top.value
		if top.value > 0 {
			m.Object = s.hash(s.commits[top.of].object)
		}
	}
	return m
}
