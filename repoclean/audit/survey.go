package audit

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"gantline.dev/gantline/internal/gitrepo"
)

// survey is an audit in progress: what the streams told so far.
type survey struct {
	repo    *gitrepo.Repo
	req     Request
	head    gitrepo.Commit
	shallow map[gitrepo.ObjectID]bool
	base    string // where a range begins; "" where it has no such commit

	objects table
	paths   names // of blobs
	authors names
	commits []commit // parents before children
	tree    []treeFile
	walked  walk // what only the walk can tell
	refs    refFacts
	facts   gitrepo.StoreFacts
	store   *Store

	lostBlobs int // blobs whose sizes are unknown

	// pointers is the LFS pointers among small blobs, by object.
	pointers map[uint32]gitrepo.Pointer
	lfsFound []lfsObject // what they name, once it was asked for

	asker  *gitrepo.Asker // for objects that nobody listed; nil at first
	damage damages
	tell   sync.Mutex // held while Progress is called
}

// treeFile is a file, link or submodule of Commit.
type treeFile struct {
	path   uint32
	mode   gitrepo.Mode
	object uint32 // none for a submodule
}

// progressEvery is how many steps go by between two calls of Progress.
const progressEvery = 4096

// progress tells how far a stage is. Stages run beside each other.
func (s *survey) progress(stage string, done, total int64) {
	s.tell.Lock()
	defer s.tell.Unlock()
	s.req.Progress(stage, done, total)
}

// whole surveys everything that the commit reaches, or that all refs do. Three
// streams are joined: the sizes of all objects, then the blobs small enough to
// be LFS pointers; beside them history with the paths that each commit changes.
func (s *survey) whole(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	listed := make(chan struct{})
	var items []gitrepo.TreeItem
	g.Go(func() error {
		if err := s.list(gctx); err != nil {
			return err
		}
		small := s.small(func(*object) bool { return true })
		close(listed) // from here on the table is the walk's
		return s.readPointers(gctx, small)
	})
	g.Go(func() error {
		sel := gitrepo.Selection{From: []string{s.head.Hash}, AllRefs: s.req.AllRefs}
		return s.walk(gctx, sel, listed)
	})
	g.Go(func() (err error) {
		items, err = s.repo.ListTree(gctx, s.head.Tree)
		return err
	})
	err := g.Wait()
	s.closeAsker() // it ended with gctx
	if err != nil {
		return err
	}
	s.placeTree(items)
	return s.outside(ctx)
}

// placeTree takes the commit's files in.
func (s *survey) placeTree(items []gitrepo.TreeItem) {
	s.tree = slices.Grow(s.tree, len(items))
	for _, item := range items {
		if item.Mode == gitrepo.Directory {
			continue
		}
		f := treeFile{path: s.paths.ofString(item.Path), mode: item.Mode, object: none}
		if item.Mode.IsBlob() {
			i, isNew := s.objects.add(&item.ID)
			o := &s.objects.list[i]
			switch {
			case s.walked.ranged:
				o.size, o.missing = max(0, item.Size), item.Size == gitrepo.UnknownSize
			case isNew:
				o.missing, o.place = true, audited
			}
			if o.inTree, f.object = true, i; o.kind == unknownKind {
				o.kind = blobKind
			}
		}
		s.tree = append(s.tree, f)
	}
}

// walk goes through history.
func (s *survey) walk(ctx context.Context, sel gitrepo.Selection, listed <-chan struct{}) error {
	w := &s.walked
	w.survey, w.ctx, w.listed = s, ctx, listed
	err := s.repo.Walk(ctx, sel, w)
	w.finish()
	n := int64(len(s.commits))
	s.progress("commits", n, n)
	return err
}
