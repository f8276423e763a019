package repoclean

import (
	"context"
	"fmt"

	"gantline.dev/gantline/internal/gitrepo"
)

// Tree is what Select needs to know of a commit.
type Tree struct {
	// Entries is every file, sorted by path.
	Entries []gitrepo.Entry
	// Pointers is the LFS pointers among the blobs, by hash.
	Pointers map[string]gitrepo.Pointer
	// Links is the targets of symlinks, by the blob's hash.
	Links map[string]string
	// Texts is what tells which Python files are reached, by the blob's hash; nil
	// where the policy doesn't ask.
	Texts map[string][]byte
}

// maxLinkBytes is the longest target of a link that is read: no system allows
// a longer one.
const maxLinkBytes = 4096

// ReadTree reads the files of a commit, and looks into those that the policy
// doesn't leave out anyway as far as Select needs it. A partial clone fetches
// the blobs of those files.
func ReadTree(ctx context.Context, repo *gitrepo.Repo, commit string, policy Policy) (Tree, error) {
	entries, err := repo.Tree(ctx, commit)
	if err != nil {
		return Tree{}, err
	}
	if repo.Partial() {
		if err := repo.Prefetch(ctx, wanted(entries, policy, func(gitrepo.Entry) bool { return true })); err != nil {
			return Tree{}, err
		}
		if entries, err = repo.Tree(ctx, commit); err != nil {
			return Tree{}, err
		}
	}
	tree, err := lookInto(ctx, repo, entries, policy)
	if err != nil {
		return Tree{}, fmt.Errorf("looking for LFS pointers and links in %s: %w", commit, err)
	}
	return tree, nil
}

// ReadEntries is ReadTree for entries of any trees, whose sizes needn't be
// known: Select judges each by itself.
func ReadEntries(ctx context.Context, repo *gitrepo.Repo, entries []gitrepo.Entry, policy Policy) (Tree, error) {
	if err := repo.Prefetch(ctx, wanted(entries, policy, func(gitrepo.Entry) bool { return true })); err != nil {
		return Tree{}, err
	}
	if err := repo.AddSizes(ctx, entries); err != nil {
		return Tree{}, err
	}
	return lookInto(ctx, repo, entries, policy)
}

func lookInto(ctx context.Context, repo *gitrepo.Repo, entries []gitrepo.Entry, policy Policy) (Tree, error) {
	tree := Tree{Entries: entries, Pointers: map[string]gitrepo.Pointer{}, Links: map[string]string{}}
	return tree, tree.look(ctx, repo, policy)
}

// wanted is the blobs that the policy doesn't leave out, each once.
func wanted(entries []gitrepo.Entry, policy Policy, want func(gitrepo.Entry) bool) []string {
	seen := map[string]bool{}
	var hashes []string
	for _, e := range entries {
		if e.Mode.IsBlob() && want(e) && !seen[e.Hash] && (!policy.Exclude.Excludes(e.Path) || policy.IsData(e)) {
			seen[e.Hash] = true
			hashes = append(hashes, e.Hash)
		}
	}
	return hashes
}

// look reads links, small files and what tells of reachable Python, all in one
// go.
func (t *Tree) look(ctx context.Context, repo *gitrepo.Repo, policy Policy) error {
	isLink, isText := map[string]bool{}, map[string]bool{}
	if policy.Python != Unasked {
		t.Texts = map[string][]byte{}
		isText = t.texts()
	}
	hashes := wanted(t.Entries, policy, func(e gitrepo.Entry) bool {
		link := e.Mode == gitrepo.Symlink && e.Size <= maxLinkBytes
		if link {
			isLink[e.Hash] = true
		}
		return link || e.Size < gitrepo.MaxPointerBytes || isText[e.Hash]
	})
	return repo.EachSmall(ctx, hashes, func(hash string, text []byte) {
		if p, ok := gitrepo.ParsePointer(text); ok {
			t.Pointers[hash] = p
		}
		if isLink[hash] {
			t.Links[hash] = string(text)
		}
		if isText[hash] {
			t.Texts[hash] = text
		}
	})
}
