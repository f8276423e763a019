package audit

import (
	"context"

	"golang.org/x/sync/errgroup"

	"gantline.dev/gantline/internal/gitrepo"
)

// ranged surveys what a range adds. Nothing before it is walked, and only its
// own objects and those of the commit's tree are looked up.
func (s *survey) ranged(ctx context.Context, sel gitrepo.Selection) error {
	g, gctx := errgroup.WithContext(ctx)
	listed := make(chan struct{})
	var items []gitrepo.TreeItem
	g.Go(func() error {
		defer close(listed)
		return s.repo.NewObjects(gctx, sel, func(id gitrepo.ObjectID, here bool) {
			i, _ := s.objects.add(&id)
			s.objects.list[i].place, s.objects.list[i].missing = audited, !here
		})
	})
	g.Go(func() error {
		s.walked.ranged = true
		return s.walk(gctx, sel, listed)
	})
	g.Go(func() (err error) {
		items, err = s.repo.ListTreeSizes(gctx, s.head.Tree)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return s.sizeRange(ctx, items)
}

// sizeRange puts the commit's files beside the new objects, looks up what those
// and the largest files take on disk, and reads the small blobs of both.
func (s *survey) sizeRange(ctx context.Context, items []gitrepo.TreeItem) error {
	here, err := s.here(ctx)
	if err != nil {
		return err
	}
	s.objects.reserve(len(items))
	s.placeTree(items)
	ids := s.unsized(here)
	files := s.small(func(o *object) bool { return o.inTree })
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.lookUp(gctx, ids) })
	g.Go(func() error { return s.readPointers(gctx, files) })
	if err := g.Wait(); err != nil {
		return err
	}
	for i := range s.objects.list {
		if o := &s.objects.list[i]; o.missing && (o.place == audited || o.inTree) {
			s.walked.lost(o, []byte(s.pathName(o.path)))
		}
	}
	n := int64(len(ids))
	s.progress("objects", n, n)
	// What is in no file any more has its size only now.
	return s.readPointers(ctx, s.small(func(o *object) bool { return o.place == audited && !o.inTree || o.inTree && here != nil }))
}

// unsized is the objects to look up: those that are new, those of unknown size,
// and the largest files.
func (s *survey) unsized(here map[gitrepo.ObjectID]bool) []gitrepo.ObjectID {
	top := best[sized]{n: s.req.Top, compare: bySize}
	var ids []gitrepo.ObjectID
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if here != nil {
			o.missing = !here[o.id]
		}
		switch {
		case o.missing && here != nil: // git would try to fetch it
		case o.place == audited || o.missing || here != nil:
			ids = append(ids, o.id)
		default:
			top.offer(sized{object: uint32(i), size: o.size})
		}
	}
	for _, t := range top.list {
		ids = append(ids, s.objects.list[t.object].id)
	}
	return ids
}

// here is the names of all objects that a partial clone has, nil for any other:
// asking git for one that it lacks would try to fetch it.
func (s *survey) here(ctx context.Context) (map[gitrepo.ObjectID]bool, error) {
	if !s.repo.Partial() {
		return nil, nil
	}
	here := map[gitrepo.ObjectID]bool{}
	err := s.repo.EachStored(ctx, func(o *gitrepo.Stored) error {
		here[o.ID] = o.Type != ""
		return nil
	})
	return here, err
}
