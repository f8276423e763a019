package audit

import (
	"context"

	"gantline.dev/gantline/repoclean"
)

// report is what the survey found.
func (s *survey) report(ctx context.Context) (Report, error) {
	r := Report{
		APIVersion: repoclean.APIVersion, Kind: ReportKind, Revision: s.req.Rev, Commit: s.head.Hash, AllRefs: s.req.AllRefs,
		History: s.history(), Largest: s.largest(audited), LargestInTree: s.largestInTree(), Store: s.store, Breaches: []repoclean.Breach{},
	}
	s.countLost()
	paths, dirs := s.perPath(), newDirTable(s.paths.list)
	s.weights(&r, paths, dirs)
	for _, f := range s.tree {
		if f.mode.IsBlob() {
			r.Tree.Add(s.treeSize(f))
		}
	}
	r.Measures, r.Months = s.measures(r.History), s.months(dirs)
	r.TreeMap = areas(s.paths.list, dirs, paths, func(t sum) (int64, int) { return t.tree.Bytes, t.tree.Files })
	r.HistoryMap = areas(s.paths.list, dirs, paths, func(t sum) (int64, int) { return t.history.Packed, t.history.Count })
	r.Duplicates, r.Wasted = s.duplicates()
	var err error
	if r.Finds, r.Found, err = s.finds(ctx); err != nil {
		return r, err
	}
	if r.LFS, err = s.lfs(ctx); err != nil {
		return r, err
	}
	if s.walked.ranged {
		r.Growth = s.growth()
	}
	r.Unknown = s.unknown(r.LFS)
	return r, nil
}

// countLost counts the blobs that are not here.
func (s *survey) countLost() {
	for i := range s.objects.list {
		if o := &s.objects.list[i]; o.place == audited && o.kind == blobKind && o.missing {
			s.lostBlobs++
		}
	}
}

// unknown is what this clone can't tell.
func (s *survey) unknown(lfs LFS) Unknown {
	u := Unknown{
		Shallow: s.repo.Shallow(), CutOffCommit: s.walked.cutOff, Partial: s.repo.Partial(), MissingBlobs: s.lostBlobs,
		LFSAbsent: lfs.Tree.Files - lfs.LocalTree.Files, Damaged: s.damage.texts(),
	}
	for _, f := range s.tree {
		if f.object != none && s.objects.list[f.object].missing {
			u.MissingInTree++
		}
	}
	return u
}
