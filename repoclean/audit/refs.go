package audit

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
)

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
		return nil, s.goOn(ctx, err)
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
		return s.goOn(ctx, err)
	}
	for _, item := range items {
		if i := s.objects.find(&item.ID); i != none && item.Mode != gitrepo.Submodule {
			s.lead(i)
		}
	}
	return nil
}

// refGroup is refs of one kind, under git-sizer's name.
type refGroup struct{ name, prefix, text string }

func refGroups() []refGroup {
	return []refGroup{
		{"branches", "refs/heads/", "Branches"},
		{"tags", "refs/tags/", "Tags"},
		{"remotes", "refs/remotes/", "Remote-tracking refs"},
		{"pulls", "refs/pull/", "Refs of pull requests"},
		{"other", "refs/", "Other refs"},
	}
}

// refFacts is what the refs are.
type refFacts struct {
	count    int
	groups   map[string]int
	tags     int // annotated ones
	tagDepth int
}
