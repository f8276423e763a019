package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
)

// Request says what Run looks at.
type Request struct {
	// Rev is a revision, or a range A..B: then the commits that B has and A has
	// not are audited, and nothing before them is walked. A...B is the range
	// from the merge base of the two. What a range adds is what a push of it
	// sends, as git rev-list --objects B --not A lists it: content that an older
	// commit had, and A no more, is new again.
	Rev string
	// Lacking, where it is set, makes a range of Rev: the commits that no ref of
	// this remote reaches, which is what a push to it would send.
	Lacking string
	// AllRefs audits everything that any ref reaches, with Rev as the commit
	// whose tree is looked at.
	AllRefs bool
	// Top is how many names and blobs each list holds; 0 is 20.
	Top int
	// Progress, where it is set, is told how far each stage is: "objects",
	// "commits" and "pointers". A total of 0 is unknown. Calls come from
	// several goroutines, one at a time.
	Progress func(stage string, done, total int64)
}

// defaultTop is how long lists are where the request doesn't say.
const defaultTop = 20

// Run measures a commit's history and tree, or what a range of commits adds.
// Nothing is fetched. What can't be read is told in Report.Unknown where the
// rest can be told without it; else the error names it.
func Run(ctx context.Context, repo *gitrepo.Repo, req Request) (Report, error) {
	if req.Top <= 0 {
		req.Top = defaultTop
	}
	if req.Progress == nil {
		req.Progress = func(string, int64, int64) {}
	}
	s := &survey{repo: repo, req: req, paths: newNames(), authors: newNames(), shallow: repo.ShallowCommits(), pointers: map[uint32]gitrepo.Pointer{}}
	report, err := s.run(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("auditing %q: %w%s", req.Rev, err, mend(repo, err))
	}
	return report, nil
}

// mend is what helps where git itself could not go on.
func mend(repo *gitrepo.Repo, err error) string {
	const gaveUp = 128 // git's exit status then
	var failed *gitrepo.GitError
	switch {
	case !errors.As(err, &failed) || failed.Code != gaveUp && failed.Code != 1:
		return ""
	case repo.Partial():
		return "; if this partial clone lacks trees, fetch them with git fetch --refetch --filter=blob:none"
	}
	return "; git fsck names what is damaged: fetch it from another clone, or mend a copy of the repository"
}

// run takes the survey and puts the report together.
func (s *survey) run(ctx context.Context) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.closeAsker()
	sel, isRange, err := s.ends(ctx)
	if err != nil {
		return Report{}, err
	}
	if isRange {
		err = s.ranged(ctx, sel)
	} else {
		err = s.whole(ctx)
	}
	if err != nil {
		return Report{}, err
	}
	return s.report(ctx)
}

// ends resolves the request: the commit, and of a range what it selects.
func (s *survey) ends(ctx context.Context) (sel gitrepo.Selection, isRange bool, err error) {
	from, to, isRange := strings.Cut(s.req.Rev, "..")
	if !isRange {
		if s.head, err = s.repo.Resolve(ctx, s.req.Rev); err != nil || s.req.Lacking == "" {
			return sel, false, err
		}
		return gitrepo.Selection{From: []string{s.head.Hash}, NotRemote: s.req.Lacking}, true, nil
	}
	switch {
	case s.req.Lacking != "":
		return sel, true, fmt.Errorf("a range and what remote %q lacks can't be asked for at once", s.req.Lacking)
	case s.req.AllRefs:
		return sel, true, fmt.Errorf("a range and all refs can't be asked for at once")
	}
	to, symmetric := strings.CutPrefix(to, ".")
	if s.head, err = s.repo.Resolve(ctx, orHead(to)); err != nil {
		return sel, true, err
	}
	start, err := s.repo.Resolve(ctx, orHead(from))
	if err != nil {
		return sel, true, err
	}
	s.base = start.Hash
	if symmetric {
		if s.base, err = s.repo.MergeBase(ctx, start.Hash, s.head.Hash); err != nil {
			return sel, true, err
		}
	}
	return gitrepo.Selection{From: []string{s.head.Hash}, Not: []string{s.base}}, true, nil
}

// orHead is HEAD for an end of a range that is left out.
func orHead(rev string) string {
	if rev == "" {
		return "HEAD"
	}
	return rev
}
