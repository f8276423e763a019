package audit

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
)

// outside looks at what the audited commits don't have: tags, what other refs
// lead to, what no ref leads to, and how the store keeps all of it.
func (s *survey) outside(ctx context.Context) error {
	if err := s.readRefs(ctx); err != nil {
		return err
	}
	if !s.req.AllRefs {
		sel := gitrepo.Selection{AllRefs: true, Not: []string{s.head.Hash}}
		if err := s.repo.Walk(ctx, sel, &elsewhere{s}); err != nil {
			return err
		}
	}
	s.store = s.inStore(s.facts)
	return nil
}

// readRefs counts refs, and follows those that don't name a commit.
func (s *survey) readRefs(ctx context.Context) error {
	refs, err := s.repo.RefTargets(ctx)
	if err != nil {
		return err
	}
	s.refs = refFacts{count: len(refs), groups: map[string]int{}}
	var tips []uint32
	for _, ref := range refs {
		s.refs.groups[groupOf(ref.Name)]++
		n := s.objects.find(&ref.ID)
		if n == none {
			// A commit that came since the objects were listed is no damage.
			found, err := s.ask(ctx, ref.ID)
			if err != nil {
				return err
			}
			if found.Type == "" && !s.repo.Partial() {
				s.damage.add("%s names %s, which is not in the repository", ref.Name, s.repo.Hex(ref.ID))
			}
			continue
		}
		tips = append(tips, n)
	}
	for depth := 1; len(tips) > 0; depth++ {
		if tips, err = s.follow(ctx, tips, depth); err != nil {
			return err
		}
	}
	return nil
}

func groupOf(ref string) string {
	for _, g := range refGroups() {
		if strings.HasPrefix(ref, g.prefix) {
			return g.name
		}
	}
	return "other"
}

// follow places what refs name that no walk over commits meets, and answers
// what the tags among it point to.
func (s *survey) follow(ctx context.Context, tips []uint32, depth int) ([]uint32, error) {
	var tags []uint32
	for _, n := range tips {
		o := &s.objects.list[n]
		switch o.kind {
		case tagKind:
			if o.place == stored {
				s.refs.tags++
			}
			s.refs.tagDepth = max(s.refs.tagDepth, depth)
			s.lead(n)
			tags = append(tags, n)
		case blobKind:
			s.lead(n)
		case treeKind:
			if err := s.leadTree(ctx, n); err != nil {
				return nil, err
			}
		}
	}
	if depth > maxTagDepth {
		return nil, fmt.Errorf("following tags that point to tags: there are more than %d, one on the other", maxTagDepth)
	}
	return s.targets(ctx, tags)
}

// maxTagDepth is how many tags on tags are followed.
const maxTagDepth = 1000

// targets is what tags point to.
func (s *survey) targets(ctx context.Context, tags []uint32) ([]uint32, error) {
	ids := make([]gitrepo.ObjectID, len(tags))
	for i, n := range tags {
		ids[i] = s.objects.list[n].id
	}
	targets, err := s.repo.TagTargets(ctx, ids)
	if err != nil {
		return nil, err
	}
	var next []uint32
	for i, id := range targets {
		n := s.objects.find(&id)
		if n == none {
			s.damage.add("tag %s can't be followed to what it points to; see git fsck", s.hash(tags[i]))
			continue
		}
		if o := &s.objects.list[n]; o.kind == commitKind && o.place == audited {
			s.objects.list[tags[i]].commit = o.commit
		}
		next = append(next, n)
	}
	return next, nil
}

// lead places an object that a ref leads to.
func (s *survey) lead(n uint32) {
	if o := &s.objects.list[n]; o.place == stored {
		o.place = other
		if s.req.AllRefs {
			o.place = audited
		}
	}
}

// leadTree places a tree that a ref names, with all that it holds.
func (s *survey) leadTree(ctx context.Context, n uint32) error {
	if s.objects.list[n].place != stored {
		return nil
	}
	s.lead(n)
	items, err := s.repo.ListTree(ctx, s.hash(n))
	if err != nil {
		return err
	}
	for _, item := range items {
		if i := s.objects.find(&item.ID); i != none && item.Mode != gitrepo.Submodule {
			s.lead(i)
		}
	}
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

// Where a repack begins to pay: git gc's own limits for packs and loose
// objects, and the history for which indexes are worth their files.
const (
	manyPacks   = 50
	manyLoose   = 7000
	looseShare  = 10 // percent of the bytes
	longHistory = 50_000
)

// repack is why a repack would pay, each with the command that does it.
func repack(f gitrepo.StoreFacts, commits int) []string {
	list := []string{}
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if f.Packs > manyPacks {
		say("There are %d packs, and each look-up searches all of them: git repack -ad makes them one.", f.Packs)
	}
	switch share := percent(f.LooseBytes, f.LooseBytes+f.PackBytes); {
	case f.Loose > manyLoose:
		say("%d objects lie alone, uncompressed against each other: git gc packs them.", f.Loose)
	case share > looseShare && f.LooseBytes > 10<<20:
		say("%d%% of the bytes are objects that lie alone, uncompressed against each other: git gc packs them.", share)
	}
	if f.LoosePacked > manyLoose {
		say("%d objects lie alone though a pack has them too: git prune-packed removes them.", f.LoosePacked)
	}
	if commits > longHistory && !f.Bitmap {
		say("There is no bitmap, which makes clones and fetches from here fast: git repack -adb writes one.")
	}
	if commits > longHistory && !f.CommitGraph {
		say("There is no commit-graph, which makes walks through history fast: git commit-graph write --reachable writes one.")
	}
	if f.Garbage > 0 {
		say("%d files in the object directory belong to no object: git count-objects -v names them, git gc removes those of a git that was killed.", f.Garbage)
	}
	return list
}

func percent(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	return int64(float64(part) / float64(whole) * 100)
}
