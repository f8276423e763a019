package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// Resolve finds the commit that a revision names; rev is anything that git
// understands, an annotated tag included. It is never taken as an option. On a
// branch without a commit, HEAD is ErrEmpty; any other name that git doesn't
// know is ErrNoRevision.
func (r *Repo) Resolve(ctx context.Context, rev string) (Commit, error) {
	if rev == "" || strings.ContainsAny(rev, "\n\x00") {
		return Commit{}, &NoRevisionError{Rev: rev}
	}
	b, err := r.Blobs(ctx)
	if err != nil {
		return Commit{}, err
	}
	defer b.Close()
	c, err := b.commit(rev)
	if errors.Is(err, ErrMissing) {
		return Commit{}, r.noRevision(ctx, rev, b)
	}
	if err != nil {
		return Commit{}, fmt.Errorf("resolving %q: %w", rev, err)
	}
	return c, nil
}

// commit reads the commit that a name leads to, through tags if need be.
func (b *BlobReader) commit(name string) (Commit, error) {
	o, err := b.ask(name)
	if err != nil {
		return Commit{}, err
	}
	hash, kind := o.hash, o.kind
	if kind == "commit" {
		object, err := io.ReadAll(o)
		if err != nil {
			return Commit{}, err
		}
		if err := o.Close(); err != nil {
			return Commit{}, err
		}
		return parseCommit(hash, object)
	}
	if err := o.Close(); err != nil {
		return Commit{}, err
	}
	if kind != "tag" || strings.HasSuffix(name, "^{commit}") {
		return Commit{}, fmt.Errorf("it is a %s, %w", kind, ErrNotCommit)
	}
	return b.commit(hash + "^{commit}")
}

// noRevision finds out why a name is unknown.
func (r *Repo) noRevision(ctx context.Context, rev string, b *BlobReader) error {
	b.Close() // then all of stderr is there
	if strings.Contains(b.stderr.String(), "ambiguous") {
		return &NoRevisionError{Rev: rev, Reason: "the short hash is ambiguous; write more of it"}
	}
	// A name that leads to an object is a revision; it is the object that lacks.
	if hash, err := r.line(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev); err == nil && hash != rev && r.isHash(hash) {
		return fmt.Errorf("resolving %q: %w", rev, &MissingError{Hash: hash, Partial: r.Partial()})
	}
	if base, _, _ := strings.Cut(strings.NewReplacer("~", "^", "@{", "^", ":", "^").Replace(rev), "^"); base == "HEAD" || base == "@" || base == "" {
		if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "HEAD"); err != nil {
			return r.unborn(ctx, rev)
		}
	}
	nearest, err := r.nearestRefs(ctx, rev)
	if err != nil {
		return err
	}
	none := &NoRevisionError{Rev: rev, Nearest: nearest}
	if r.Shallow() {
		none.Reason = "this clone is shallow; git fetch --unshallow brings the rest of history"
	}
	return none
}

// unborn says that HEAD's branch has no commit, and what has: HEAD of a bare
// repository may name a branch that nobody ever pushed.
func (r *Repo) unborn(ctx context.Context, rev string) error {
	names, err := r.RefNames(ctx)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("resolving %q: %w", rev, ErrEmpty)
	}
	return fmt.Errorf("resolving %q: %w, or name another revision, such as %q", rev, ErrEmpty, names[0])
}

// maxNearest is how many refs a message suggests.
const maxNearest = 3

// RefNames are the branches, tags and remote branches, by the short names that
// git has for them.
func (r *Repo) RefNames(ctx context.Context) ([]string, error) {
	out, err := r.git(ctx, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
	if err != nil {
		return nil, fmt.Errorf("listing refs: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// nearestRefs is the branches and tags most like the name.
func (r *Repo) nearestRefs(ctx context.Context, rev string) ([]string, error) {
	names, err := r.RefNames(ctx)
	if err != nil {
		return nil, err
	}
	var nearest []string
	if best, ok := diag.Nearest(rev, names); ok {
		nearest = append(nearest, best)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "/"+rev) && !slices.Contains(nearest, name) {
			nearest = append(nearest, name)
		}
	}
	return nearest[:min(len(nearest), maxNearest)], nil
}
