package audit

import (
	"context"

	"gantline.dev/gantline/internal/gitrepo"
)

// survey is an audit in progress.
type survey struct {
	repo *gitrepo.Repo
	req  Request
	tree []gitrepo.Entry // the commit's files

	// sizes is every object of the store by hash. Those that the walk meets are
	// taken out, so that what is left lies elsewhere.
	sizes  map[string]weight
	ranged bool
	// order is the blobs that the walk met, in the order in which they came.
	order []brought
	// commits is what each commit brought, parents before children.
	commits []contribution

	blobs, trees, commitObjects Objects
}

// weight is one object's sizes.
type weight struct{ bytes, packed int64 }

// brought is a blob with the commit and path that brought it.
type brought struct {
	hash, path string
	weight
	commit int // its place among the survey's commits
}

// contribution is what one commit brought.
type contribution struct {
	gitrepo.Commit
	added   Objects
	inRange bool
}

// progressEvery is how many steps go by between two calls of Progress.
const progressEvery = 1000

// weigh reads the sizes of all objects.
func (s *survey) weigh(ctx context.Context) error {
	s.sizes = map[string]weight{}
	var n int64
	for o, err := range s.repo.Objects(ctx) {
		if err != nil {
			return err
		}
		s.sizes[o.Hash] = weight{o.Size, o.Packed}
		if n++; n%progressEvery == 0 {
			s.req.Progress("objects", n, 0)
		}
	}
	s.req.Progress("objects", n, n)
	return nil
}

// walk goes through history, parents before children, and gives each object to
// the commit that brought it first. With a base, what the base reaches comes
// before the range, whatever the dates are.
func (s *survey) walk(ctx context.Context, head gitrepo.Commit, base *gitrepo.Commit) error {
	s.ranged = base != nil
	if base == nil {
		return s.walkPart(ctx, false, head.Hash)
	}
	if err := s.walkPart(ctx, false, base.Hash); err != nil {
		return err
	}
	return s.walkPart(ctx, true, head.Hash, base.Hash)
}

func (s *survey) walkPart(ctx context.Context, inRange bool, from string, not ...string) error {
	for step, err := range s.repo.Ancestry(ctx, from, not...) {
		if err != nil {
			return err
		}
		s.visit(step, inRange)
		if n := int64(len(s.commits)); n%progressEvery == 0 {
			s.req.Progress("history", n, 0)
		}
	}
	n := int64(len(s.commits))
	s.req.Progress("history", n, n)
	return nil
}

// visit gives a commit the objects that nobody brought before it.
func (s *survey) visit(step gitrepo.FirstParentStep, inRange bool) {
	c := contribution{Commit: step.Commit, inRange: inRange}
	if !inRange && s.ranged { // what the range can't bring any more
		delete(s.sizes, step.Commit.Hash)
		delete(s.sizes, step.Commit.Tree)
		for _, change := range step.Changes {
			delete(s.sizes, change.NewHash)
		}
		return
	}
	c.Message = step.Commit.Subject() // whole messages would fill the memory
	s.take(step.Commit.Hash, &c, &s.commitObjects)
	s.take(step.Commit.Tree, &c, &s.trees)
	for _, change := range step.Changes {
		switch {
		case change.NewMode == gitrepo.Directory:
			s.take(change.NewHash, &c, &s.trees)
		case change.NewMode.IsBlob():
			if w, ok := s.take(change.NewHash, &c, &s.blobs); ok {
				s.order = append(s.order, brought{change.NewHash, change.Path, w, len(s.commits)})
			}
		}
	}
	s.commits = append(s.commits, c)
}

// take counts an object for a commit, unless one before it brought it.
func (s *survey) take(hash string, c *contribution, sum *Objects) (weight, bool) {
	w, ok := s.sizes[hash]
	if ok {
		delete(s.sizes, hash)
		sum.add(w)
		c.added.add(w)
	}
	return w, ok
}

func (o *Objects) add(size weight) {
	o.Count++
	o.Bytes += size.bytes
	o.Packed += size.packed
}
