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
	if err := s.placeRangeTree(ctx, items); err != nil {
		return err
	}
	return s.readPointers(ctx, s.small(func(o *object) bool { return o.place == audited || o.inTree }))
}

// placeRangeTree puts the commit's files beside the new objects, and looks up
// what those take on disk, and the largest files.
func (s *survey) placeRangeTree(ctx context.Context, items []gitrepo.TreeItem) error {
	here, err := s.here(ctx)
	if err != nil {
		return err
	}
	s.placeTree(items)
	top := best[sized]{n: s.req.Top, compare: bySize}
	var ids []gitrepo.ObjectID
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if here != nil {
			o.missing = !here[o.id]
		}
		switch {
		case o.missing && here != nil:
		case o.place == audited || o.missing || here != nil:
			ids = append(ids, o.id)
		default:
			top.offer(sized{object: uint32(i), size: o.size})
		}
	}
	for _, t := range top.list {
		ids = append(ids, s.objects.list[t.object].id)
	}
	if err := s.lookUp(ctx, ids); err != nil {
		return err
	}
	for i := range s.objects.list {
		if o := &s.objects.list[i]; o.missing && (o.place == audited || o.inTree) {
			s.walked.lost(o, []byte(s.pathName(o.path)))
		}
	}
	n := int64(len(ids))
	s.progress("objects", n, n)
	return nil
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
