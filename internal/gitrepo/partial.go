package gitrepo

import (
	"context"
	"fmt"
	"strings"
)

// lazy says whether git itself would fetch an object that isn't here. In the
// store of a shallow clone's history it doesn't know that it could.
func (r *Repo) lazy() bool { return r.Partial() && r.lent == nil }

// Prefetch brings the objects that a partial clone lacks, all in one request
// to the remote that lends them. In any other repository it does nothing.
func (r *Repo) Prefetch(ctx context.Context, hashes []string) error {
	if !r.Partial() || len(hashes) == 0 {
		return nil
	}
	if r.lent != nil {
		return r.bring(ctx, "file", hashes)
	}
	here, err := r.sizes(ctx, nil)
	if err != nil {
		return err
	}
	var missing []string
	for _, hash := range hashes {
		if _, ok := here[hash]; !ok {
			here[hash] = 0
			missing = append(missing, hash)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	// What git itself runs for one missing object, with all of them at once.
	inv := r.invocation("-c", "fetch.negotiationAlgorithm=noop", "fetch", r.partial, "--no-tags",
		"--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--quiet", "--stdin")
	inv.network = true
	inv.in = strings.NewReader(strings.Join(missing, "\n") + "\n")
	if _, err := output(ctx, inv); err != nil {
		return fmt.Errorf("fetching %d objects that this partial clone lacks from %q: %w", len(missing), r.partial, err)
	}
	return nil
}
