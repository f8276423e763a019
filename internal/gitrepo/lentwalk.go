package gitrepo

import (
	"context"
	"fmt"
	"iter"
	"strconv"
)

// The trees of so many commits are fetched at once, at first and at most: an
// origin is mostly near, and the farther it is the more there are in a request.
const (
	firstTrees = 16
	mostTrees  = 256
)

// lentFirstParents is FirstParents where commits are here and their trees may
// not be: it brings those of some commits at a time, as far as the caller goes.
func (r *Repo) lentFirstParents(ctx context.Context, from string) iter.Seq2[FirstParentStep, error] {
	return func(yield func(FirstParentStep, error) bool) {
		for n := firstTrees; from != ""; n = min(2*n, mostTrees) {
			last, more := from, false
			for step, err := range r.someFirstParents(ctx, from, n) {
				if !yield(step, err) || err != nil {
					return
				}
				last, more = "", len(step.Commit.Parents) > 0
				if more {
					last = step.Commit.Parents[0]
				}
			}
			if from = last; !more {
				return
			}
		}
	}
}

// someFirstParents is the first n steps, for which the trees are fetched.
func (r *Repo) someFirstParents(ctx context.Context, from string, n int) iter.Seq2[FirstParentStep, error] {
	return func(yield func(FirstParentStep, error) bool) {
		// One more than is told: the last is compared with its parent.
		trees, err := r.FirstParentTrees(ctx, from, n+1)
		if err == nil {
			err = r.bring(ctx, "tree", trees)
		}
		if err != nil {
			yield(FirstParentStep{}, fmt.Errorf("reading the history of %s: %w", from, err))
			return
		}
		r.firstParents(ctx, from, "--max-count="+strconv.Itoa(n))(yield)
	}
}
