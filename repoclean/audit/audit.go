package audit

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// Request says what Run looks at.
type Request struct {
	// Rev is a revision, or a range A..B: then the commits that B has and A has
	// not are audited, and nothing before them is walked. A...B is the range
	// from the merge base of the two.
	Rev string
	// Lacking, where it is set, makes a range of Rev: the commits that no ref of
	// this remote reaches, which is what a push to it would send; "*" is all
	// remotes. With a range A..B as Rev, what A reaches is left out as well.
	Lacking string
	// AllRefs audits everything that any ref reaches, with Rev as the commit
	// whose tree is looked at.
	AllRefs bool
	// Top is how many names and blobs each list holds; 0 is 20.
	Top int
	// Progress, where it is set, is told how far each stage is: "objects",
	// "history" and "pointers". A total of 0 is unknown.
	Progress func(stage string, done, total int64)
}

// defaultTop is how long lists are where the request doesn't say.
const defaultTop = 20

// Run measures a commit's history and tree. It reads three streams: the
// sizes of all objects, the history with the paths of each commit, and the
// blobs small enough to be LFS pointers.
func Run(ctx context.Context, repo *gitrepo.Repo, req Request) (Report, error) {
	if req.Top <= 0 {
		req.Top = defaultTop
	}
	if req.Progress == nil {
		req.Progress = func(string, int64, int64) {}
	}
	s := survey{repo: repo, req: req}
	report, err := s.run(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("auditing %q: %w", req.Rev, err)
	}
	return report, nil
}

// run takes the survey and puts the report together.
func (s *survey) run(ctx context.Context) (Report, error) {
	head, base, err := s.ends(ctx)
	if err != nil {
		return Report{}, err
	}
	if s.tree, err = s.repo.Tree(ctx, head.Hash); err != nil {
		return Report{}, err
	}
	if err := s.weigh(ctx); err != nil {
		return Report{}, err
	}
	if err := s.walk(ctx, head, base); err != nil {
		return Report{}, err
	}
	lfs, err := s.lfs(ctx)
	if err != nil {
		return Report{}, err
	}
	r := Report{
		APIVersion: repoclean.APIVersion, Kind: ReportKind, Revision: s.req.Rev, Commit: head.Hash,
		Unknown: Unknown{Shallow: s.repo.Shallow(), Partial: s.repo.Partial(), Damaged: []string{}},
		History: s.history(), LFS: lfs,
		Largest: s.largest(s.order), LargestInTree: s.largestInTree(),
	}
	for _, e := range s.tree {
		r.Tree.Add(e.Size)
	}
	s.names(&r)
	if base != nil {
		r.Growth = s.growth(*base, head)
	}
	return r, nil
}

// ends resolves the request: the commit, and where a range begins.
func (s *survey) ends(ctx context.Context) (head gitrepo.Commit, base *gitrepo.Commit, err error) {
	from, to, isRange := strings.Cut(s.req.Rev, "..")
	if !isRange {
		head, err = s.repo.Resolve(ctx, s.req.Rev)
		return head, nil, err
	}
	to, symmetric := strings.CutPrefix(to, ".")
	if head, err = s.repo.Resolve(ctx, orHead(to)); err != nil {
		return head, nil, err
	}
	start, err := s.repo.Resolve(ctx, orHead(from))
	if err != nil {
		return head, nil, err
	}
	if symmetric {
		fork, err := s.repo.MergeBase(ctx, start.Hash, head.Hash)
		if err != nil {
			return head, nil, err
		}
		if start, err = s.repo.Resolve(ctx, fork); err != nil {
			return head, nil, err
		}
	}
	return head, &start, nil
}

// orHead is HEAD for an end of a range that is left out.
func orHead(rev string) string {
	if rev == "" {
		return "HEAD"
	}
	return rev
}
