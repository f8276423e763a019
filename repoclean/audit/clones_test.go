package audit

import (
	"os"
	"path/filepath"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
)

// clone makes a clone of the team's history with some options.
func clone(t *testing.T, args ...string) (*repotest.History, string) {
	t.Helper()
	h := team(t)
	h.Open()
	h.Git(nil, "config", "uploadpack.allowFilter", "true")
	h.Git(nil, "config", "uploadpack.allowAnySHA1InWant", "true")
	dir := filepath.Join(t.TempDir(), "clone")
	h.Git(nil, append(append([]string{"clone", "-q"}, args...), "file://"+h.Dir, dir)...)
	return h, dir
}

func TestAuditOfShallowClone(t *testing.T) {
	_, dir := clone(t, "--depth=1")
	r := audit(t, reopen(t, dir), "HEAD")
	if !r.Unknown.Shallow || r.Unknown.CutOffCommit != 1 || r.History.Commits != 1 || r.Tree.Files != 9 || len(r.Unknown.Damaged) > 0 {
		t.Errorf("%+v, %+v", r.History, r.Unknown)
	}
	_, dir = clone(t, "--depth=3")
	r = audit(t, reopen(t, dir), "HEAD")
	if r.Unknown.CutOffCommit != 2 || r.History.Commits != 4 || r.Largest[0].Commit == "" {
		t.Errorf("cut off below a merge: %+v, %+v", r.History, r.Unknown)
	}
	if r := audit(t, reopen(t, dir), "HEAD~1..HEAD"); r.Unknown.CutOffCommit != 0 || r.History.Commits != 1 {
		t.Errorf("a range above: %+v, %+v", r.History, r.Unknown)
	}
}

// TestAuditOfPartialCloneFetchesNothing has a remote that would give what is
// missing.
func TestAuditOfPartialCloneFetchesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		args           []string
		here           int // blobs
		missing, files int // of history and of the tree
		bytes          int64
	}{
		"bare":        {[]string{"--bare", "--filter=blob:none"}, 0, 11, 9, 0},
		"checked out": {[]string{"--filter=blob:none"}, 8, 3, 0, 79_164},
		"small blobs": {[]string{"--bare", "--filter=blob:limit=1k"}, 7, 4, 4, 164},
	} {
		t.Run(name, func(t *testing.T) {
			h, dir := clone(t, tt.args...)
			before := h.Git(nil, "-C", dir, "count-objects", "-v")
			repo := reopen(t, dir)
			r := audit(t, repo, "HEAD")
			u := r.Unknown
			if !u.Partial || u.MissingBlobs != tt.missing || u.MissingInTree != tt.files || r.Tree.Files != 9 || r.Tree.Bytes != tt.bytes || r.History.Blobs.Count != tt.here {
				t.Errorf("unknown %+v, tree %+v, blobs %+v", u, r.Tree, r.History.Blobs)
			}
			for _, m := range r.Measures {
				if m.Name == "maxCheckoutBlobSize" {
					t.Errorf("%+v can't be known", m)
				}
			}
			if ranged := audit(t, repo, "HEAD~3..HEAD"); ranged.Tree != r.Tree || ranged.Unknown.MissingInTree != tt.files || ranged.History.Commits != 4 {
				t.Errorf("of a range: unknown %+v, tree %+v", ranged.Unknown, ranged.Tree)
			}
			if after := h.Git(nil, "-C", dir, "count-objects", "-v"); after != before {
				t.Errorf("something was fetched: %s, before %s", after, before)
			}
		})
	}
}

func TestAuditOfSnapshot(t *testing.T) {
	h := team(t)
	h.Open()
	dir := filepath.Join(t.TempDir(), "clone")
	h.Git(nil, "clone", "-q", h.Dir, dir)
	if err := os.WriteFile(filepath.Join(dir, "train.py"), []byte(repotest.Noise(9, 70_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, c, err := repo.Snapshot(t.Context(), gitrepo.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	r := audit(t, snapshot, "HEAD.."+c.Hash)
	if r.History.Commits != 1 || r.Largest[0].Path != "train.py" || r.Largest[0].Bytes != 70_000 {
		t.Errorf("%+v, growth %+v", r.History, r.Growth)
	}
	whole := audit(t, snapshot, c.Hash)
	if whole.History.Commits != 8 || whole.Store.Borrowed || whole.Store.Packs.Files+whole.Store.Loose.Files == 0 || whole.Largest[0].Path != "train.py" {
		t.Errorf("%+v, %+v", whole.History, whole.Store)
	}
}
