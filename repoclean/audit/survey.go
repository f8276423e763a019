package audit

import (
	"context"
	"errors"
	"fmt"
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
	if err := g.Wait(); err != nil {
		return err
	}
	s.placeTree(items)
	return s.outside(ctx)
}

// list reads the sizes of all objects.
func (s *survey) list(ctx context.Context) (err error) {
	if s.facts, err = s.repo.StoreFacts(ctx); err != nil {
		return err
	}
	s.objects.reserve(s.facts.Objects)
	// A repack meanwhile takes away the packs that git is listing.
	for try := 1; ; try++ {
		err := s.listOnce(ctx)
		if err == nil {
			break
		}
		if try == maxListings || ctx.Err() != nil {
			return err
		}
	}
	return s.askAgain(ctx)
}

// maxListings is how often objects are listed before git's refusal counts.
const maxListings = 3

func (s *survey) listOnce(ctx context.Context) error {
	var n int64
	err := s.repo.EachStored(ctx, func(o *gitrepo.Stored) error {
		if i, isNew := s.objects.add(&o.ID); isNew || o.Type != "" {
			s.objects.list[i].set(o)
		}
		if n++; n%progressEvery == 0 {
			s.progress("objects", n, 0)
		}
		return nil
	})
	s.progress("objects", n, n)
	return err
}

// askAgain looks up by name what git listed and could not read: it may have gone
// from one pack to another.
func (s *survey) askAgain(ctx context.Context) error {
	var ids []gitrepo.ObjectID
	for i := range s.objects.list {
		if o := &s.objects.list[i]; o.missing {
			ids = append(ids, o.id)
		}
	}
	if s.repo.Partial() {
		return nil // git would try to fetch
	}
	return s.lookUp(ctx, ids)
}

// lookUp fills in the sizes of objects in the table.
func (s *survey) lookUp(ctx context.Context, ids []gitrepo.ObjectID) error {
	n := 0
	err := s.repo.LookUp(ctx, ids, func(found *gitrepo.Stored) error {
		if i := s.objects.find(&found.ID); i != none {
			s.objects.list[i].set(found)
		}
		n++
		return nil
	})
	if err == nil && n < len(ids) {
		err = fmt.Errorf("looking up %d objects: git answered for %d", len(ids), n)
	}
	return err
}

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

// placeTree takes the commit's files in.
func (s *survey) placeTree(items []gitrepo.TreeItem) {
	for _, item := range items {
		if item.Mode == gitrepo.Directory {
			continue
		}
		f := treeFile{path: s.paths.of([]byte(item.Path)), mode: item.Mode, object: none}
		if item.Mode.IsBlob() {
			i, isNew := s.objects.add(&item.ID)
			o := &s.objects.list[i]
			switch {
			case isNew && s.walked.ranged:
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
	s.progress("history", n, n)
	return err
}

// small is the blobs that can be pointers.
func (s *survey) small(wanted func(*object) bool) []uint32 {
	var small []uint32
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.kind == blobKind && !o.missing && o.size >= minPointerBytes && o.size < gitrepo.MaxPointerBytes && wanted(o) {
			small = append(small, uint32(i))
		}
	}
	return small
}

// minPointerBytes is what the shortest version line and oid take.
const minPointerBytes = 100

// readPointers finds the pointers among small blobs. Those that git can't read
// are passed over.
func (s *survey) readPointers(ctx context.Context, small []uint32) error {
	s.pointers = map[uint32]gitrepo.Pointer{}
	ids := make([]gitrepo.ObjectID, len(small))
	for i, n := range small {
		ids[i] = s.objects.list[n].id
	}
	for begin := 0; begin < len(ids); {
		done, err := s.repo.EachText(ctx, ids[begin:], gitrepo.MaxPointerBytes, func(i int, text []byte) {
			if p, ok := gitrepo.ParsePointer(text); ok {
				s.pointers[small[begin+i]] = p
			}
			if n := begin + i; n%progressEvery == 0 {
				s.progress("pointers", int64(n), int64(len(ids)))
			}
		})
		if ctx.Err() != nil {
			return err
		}
		begin += done
		if err != nil && !s.unreadable("blob", ids, &begin, err) {
			return fmt.Errorf("looking for LFS pointers: %w", err)
		}
	}
	n := int64(len(ids))
	s.progress("pointers", n, n)
	return nil
}

// unreadable passes over the blob at which git gave up. It is false where that
// happens too often to go on.
func (s *survey) unreadable(what string, ids []gitrepo.ObjectID, at *int, err error) bool {
	if *at >= len(ids) || errors.Is(err, gitrepo.ErrGitMissing) {
		return false
	}
	s.damage.add("%s %s can't be read: %v", what, s.repo.Hex(ids[*at]), err)
	*at++
	return s.damage.count() <= maxUnreadable
}

// maxUnreadable is how many broken blobs are passed over, one process each.
const maxUnreadable = 100
