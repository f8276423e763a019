package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Depth is how many first parents lead from a commit to its root. It is not ok
// where a shallow clone ends before the root: nobody here knows it then.
func (r *Repo) Depth(ctx context.Context, commit string) (depth int, ok bool, err error) {
	if !r.isHash(commit) {
		return 0, false, &NoRevisionError{Rev: commit}
	}
	if len(r.shallow) > 0 {
		return r.shallowDepth(ctx, commit)
	}
	out, err := r.line(ctx, "rev-list", "--first-parent", "--count", commit)
	if err != nil {
		return 0, false, fmt.Errorf("counting the first parents of %s: %w", commit, err)
	}
	n, err := strconv.Atoi(out)
	if err != nil || n < 1 {
		return 0, false, fmt.Errorf("counting the first parents of %s: git answered %q", commit, out)
	}
	return n - 1, true, nil
}

// shallowDepth looks at where the first parents end: the last one that is here
// is the root, or names a parent that isn't.
func (r *Repo) shallowDepth(ctx context.Context, commit string) (depth int, ok bool, err error) {
	out, err := r.line(ctx, "rev-list", "--first-parent", commit)
	if err != nil {
		return 0, false, fmt.Errorf("counting the first parents of %s: %w", commit, err)
	}
	hashes := strings.Fields(out)
	last, err := r.Resolve(ctx, hashes[len(hashes)-1])
	return len(hashes) - 1, len(last.Parents) == 0, err
}

// FirstParentTrees is the trees of a commit and of its first parents, n at
// most, the commit's own first.
func (r *Repo) FirstParentTrees(ctx context.Context, commit string, n int) ([]string, error) {
	if !r.isHash(commit) {
		return nil, &NoRevisionError{Rev: commit}
	}
	out, err := r.line(ctx, "log", "--first-parent", "--no-patch", "--no-color", "--no-show-signature",
		"--format=%T", "--max-count="+strconv.Itoa(n), commit)
	if err != nil {
		return nil, fmt.Errorf("reading the trees before %s: %w", commit, err)
	}
	return strings.Fields(out), nil
}

// DiffChain is what differs between each tree and the next one: n trees have
// n-1 differences. One process of git makes them all. A partial clone without
// trees fetches those that it lacks.
func (r *Repo) DiffChain(ctx context.Context, trees []string) ([][]PathChange, error) {
	if len(trees) < 2 {
		return nil, nil
	}
	var pairs strings.Builder
	for i, tree := range trees {
		if !r.isHash(tree) {
			return nil, &NoRevisionError{Rev: tree}
		}
		if i > 0 {
			fmt.Fprintf(&pairs, "%s %s\n", trees[i-1], tree)
		}
	}
	if r.lent != nil {
		if err := r.bring(ctx, "tree", trees); err != nil {
			return nil, err
		}
	}
	inv := r.invocation("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev",
		"--ignore-submodules=none", "--no-ext-diff")
	inv.in, inv.network = strings.NewReader(pairs.String()), r.lazy()
	out, err := output(ctx, inv)
	if err != nil {
		return nil, fmt.Errorf("comparing %d trees: %w", len(trees), err)
	}
	return parseChain(out, len(trees)-1)
}

// parseChain reads the output of diff-tree --stdin -z for pairs of trees: for
// each a line of its two names, then its records.
func parseChain(out []byte, pairs int) ([][]PathChange, error) {
	chain := make([][]PathChange, 0, pairs)
	for len(out) > 0 {
		if out[0] != ':' {
			_, rest, ok := bytes.Cut(out, []byte("\n"))
			if !ok || len(chain) == pairs {
				return nil, fmt.Errorf("reading git's differences of trees: %.80q is no pair of them", out)
			}
			out = rest
			chain = append(chain, nil)
			continue
		}
		header, rest, _ := bytes.Cut(out, []byte{0})
		name, rest, ok := bytes.Cut(rest, []byte{0})
		c, err := rawHeader(string(header))
		if err != nil {
			return nil, err
		}
		if !ok || len(chain) == 0 {
			return nil, fmt.Errorf("reading git's differences of trees: they end before a path, or begin before a pair")
		}
		c.Path, out = string(name), rest
		chain[len(chain)-1] = append(chain[len(chain)-1], c)
	}
	if len(chain) != pairs {
		return nil, fmt.Errorf("reading git's differences of trees: %d pairs of %d", len(chain), pairs)
	}
	return chain, nil
}
