package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// HistoryOptions say where the history goes that a shallow clone lacks.
type HistoryOptions struct {
	// Dir holds a private repository for each remote, shared by all clones of it.
	Dir string
	// Observe, where it is set, is called before something is fetched: from which
	// remote, its address without credentials, and what. What it gives is told
	// how far that is, and how it ended.
	Observe func(remote, what string) (note func(string), done func(error))
}

// WithHistory is the repository with all of the history before a commit. Where
// the clone has it, that is the repository itself. For a shallow clone it is
// read from the remote that the clone came from, into a private repository: the
// clone, its configuration among it, stays as it is. The returned Repo reads
// both, and fetches as it is asked for them the trees that FirstParents,
// DiffChain and the blobs that Prefetch and ReadBlobs need. A remote that can't
// be reached, or refuses, is a LenderError.
func (r *Repo) WithHistory(ctx context.Context, commit string, opts HistoryOptions) (*Repo, error) {
	if !r.Shallow() || r.lent != nil {
		return r, nil
	}
	edge, whole, err := r.edge(ctx, commit)
	if err != nil || whole {
		return r, err
	}
	from, err := r.lender(ctx)
	if err != nil {
		return nil, &LenderError{Err: err}
	}
	store := newLentStore(opts.Dir, from, r.sha256)
	store.observe, store.cwd = opts.Observe, r.invocation().dir
	deep := r.borrow(store)
	lacking := func() (bool, error) { return !deep.reachesRoot(ctx, commit), ctx.Err() }
	if lacks, err := lacking(); err != nil || !lacks {
		return deep, err
	}
	err = store.transfer(ctx, "commits", lacking, func(note func(string)) error {
		return store.fetchHistory(ctx, note, edge, lacking)
	})
	if err != nil {
		return nil, err
	}
	return deep, nil
}

// edge is the last commit along first parents that the clone has. It is whole
// where that is the root.
func (r *Repo) edge(ctx context.Context, commit string) (hash string, whole bool, err error) {
	if !r.isHash(commit) {
		return "", false, &NoRevisionError{Rev: commit}
	}
	out, err := r.line(ctx, "rev-list", "--first-parent", commit)
	if err != nil {
		return "", false, fmt.Errorf("reading the first parents of %s: %w", commit, err)
	}
	hashes := strings.Fields(out)
	last, err := r.Resolve(ctx, hashes[len(hashes)-1])
	return last.Hash, len(last.Parents) == 0, err
}

// reachesRoot says whether all first parents are here.
func (r *Repo) reachesRoot(ctx context.Context, commit string) bool {
	if !r.lent.exists() {
		return false
	}
	_, err := r.git(ctx, "rev-list", "--first-parent", "--count", commit)
	return err == nil
}

// borrow is the repository as the store has it: without what makes the clone
// shallow, and with the clone's objects beside the store's.
func (r *Repo) borrow(store *lentStore) *Repo {
	deep := *r
	deep.root, deep.gitDir, deep.common = "", store.dir, store.dir
	deep.index = filepath.Join(store.dir, "index")
	deep.shallow, deep.partial, deep.close = nil, lenderName, nil
	deep.alternates = strings.TrimSuffix(quoteAlternate(r.objects)+":"+r.alternates, ":")
	deep.objects = filepath.Join(store.dir, "objects")
	deep.env = []string{"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + deep.alternates}
	deep.lent, deep.trees = store, &treeCache{}
	return &deep
}

// fetchHistory brings the commits before the edge, into a new store where the
// one that is there is damaged.
func (s *lentStore) fetchHistory(ctx context.Context, note func(string), edge string, lacking func() (bool, error)) error {
	err := s.fetchCommits(ctx, note, edge)
	lacks := damaged(err)
	if err == nil {
		lacks, err = lacking()
	}
	if !lacks {
		return err
	}
	if err := s.renew(ctx); err != nil {
		return err
	}
	if err := s.fetchCommits(ctx, note, edge); err != nil {
		return err
	}
	if lacks, err = lacking(); err == nil && lacks {
		err = errors.New("it sent no history to the root")
	}
	return err
}

// bring fetches those of the objects that are nowhere here, all in one request.
func (r *Repo) bring(ctx context.Context, noun string, hashes []string) error {
	missing, err := r.absent(ctx, hashes)
	if err != nil || len(missing) == 0 {
		return err
	}
	what := fmt.Sprintf("%d %ss", len(missing), noun)
	if len(missing) == 1 {
		what = "1 " + noun
	}
	lacking := func() (bool, error) {
		missing, err = r.absent(ctx, missing)
		return len(missing) > 0, err
	}
	return r.lent.transfer(ctx, what, lacking, func(note func(string)) error {
		return r.lent.fetchObjects(ctx, note, missing)
	})
}

// absent are the objects that are not here, each once.
func (r *Repo) absent(ctx context.Context, hashes []string) ([]string, error) {
	here, err := r.sizes(ctx, hashes)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, hash := range hashes {
		if _, ok := here[hash]; !ok && hash != r.emptyTree() {
			here[hash] = 0
			missing = append(missing, hash)
		}
	}
	return missing, nil
}
