package audit

import (
	"context"
	"fmt"

	"gantline.dev/gantline/internal/gitrepo"
)

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
			s.progress("objects", n, max(n, int64(s.facts.Objects)))
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

// ask looks up one object; in a partial clone, where git would try to fetch it,
// there is no answer.
func (s *survey) ask(ctx context.Context, id gitrepo.ObjectID) (gitrepo.Stored, error) {
	if s.repo.Partial() {
		return gitrepo.Stored{}, nil
	}
	if s.asker == nil {
		asker, err := s.repo.Asker(ctx)
		if err != nil {
			return gitrepo.Stored{}, err
		}
		s.asker = asker
	}
	return s.asker.Ask(id)
}

// closeAsker ends the process that answers ask. The next ask starts another.
func (s *survey) closeAsker() {
	if s.asker != nil {
		s.asker.Close()
		s.asker = nil
	}
}
