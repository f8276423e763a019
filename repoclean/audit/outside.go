package audit

import (
	"context"

	"gantline.dev/gantline/internal/gitrepo"
)

// outside looks at what the audited commits don't have: tags, what other refs
// lead to, what no ref leads to, and how the store keeps all of it.
func (s *survey) outside(ctx context.Context) error {
	if err := s.readRefs(ctx); err != nil {
		return err
	}
	if !s.req.AllRefs {
		sel := gitrepo.Selection{AllRefs: true, LenderRefs: s.facts.Borrowed, Not: []string{s.head.Hash}}
		if err := s.goOn(ctx, s.repo.Walk(ctx, sel, &elsewhere{s})); err != nil {
			return err
		}
	}
	s.store = s.inStore(s.facts)
	return nil
}

// goOn tells of refs that can't be followed. The audited commits don't need them.
func (s *survey) goOn(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	s.damage.add("a ref can't be followed, and some of what it leads to counts as unreachable: %v", err)
	return nil
}

// elsewhere is told of the commits that other refs lead to.
type elsewhere struct{ *survey }

// Commit implements gitrepo.Walker.
func (e *elsewhere) Commit(c *gitrepo.WalkedCommit) error {
	e.meet(&c.ID)
	e.meet(&c.Tree)
	return nil
}

// Change implements gitrepo.Walker.
func (e *elsewhere) Change(c *gitrepo.WalkedChange) error {
	if c.NewMode != gitrepo.Absent && c.NewMode != gitrepo.Submodule {
		e.meet(&c.New)
	}
	return nil
}

func (e *elsewhere) meet(id *gitrepo.ObjectID) {
	if n := e.objects.find(id); n != none {
		e.lead(n)
	}
}

// inStore is the repository's store as a whole.
func (s *survey) inStore(f gitrepo.StoreFacts) *Store {
	st := &Store{
		Packs: Totals{Files: f.Packs, Bytes: f.PackBytes}, Loose: Totals{Files: f.Loose, Bytes: f.LooseBytes},
		Borrowed: f.Borrowed, LargestUnreachable: s.largest(stored), Repack: repack(f, len(s.commits)),
	}
	for i := range s.objects.list {
		switch o := &s.objects.list[i]; o.place {
		case other:
			st.OtherRefs = st.OtherRefs.Plus(o.one())
		case stored:
			if o.missing {
				s.damage.add("object %s, which no ref leads to, can't be read; see git fsck", s.repo.Hex(o.id))
			}
			st.Unreachable = st.Unreachable.Plus(o.one())
		}
	}
	return st
}
