package gitrepo

import (
	"context"
	"fmt"
	"strings"
)

// Untracked lists what of the work tree git neither tracks nor ignores, by
// paths from the root, sorted. A directory that holds nothing else is listed
// as a whole, with a slash at its end.
func (r *Repo) Untracked(ctx context.Context) ([]string, error) {
	if r.Bare() {
		return nil, ErrNoWorkTree
	}
	list, err := output(ctx, r.invocation("ls-files", "-z", "--others", "--exclude-standard", "--directory", "--no-empty-directory"))
	if err != nil {
		return nil, fmt.Errorf("listing the untracked files of %q: %w", r.root, err)
	}
	return strings.FieldsFunc(string(list), func(c rune) bool { return c == 0 }), nil
}
