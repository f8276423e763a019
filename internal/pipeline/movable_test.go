package pipeline_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/pipeline"
)

// cloned is a clone of the repository, and where it is pushed.
func (r *repository) cloned(args ...string) *repository {
	r.t.Helper()
	clone := &repository{t: r.t, dir: filepath.Join(r.t.TempDir(), "clone")}
	if err := os.Mkdir(clone.dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	clone.git(append(append([]string{"clone", "-q"}, args...), "file://"+r.dir, ".")...)
	return clone
}

// buildFor builds as a CI job of a branch does; it gives what was said.
func (s store) buildFor(t *testing.T, r *repository, branch string) (build.Image, string) {
	t.Helper()
	p := r.valid("HEAD")
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	means, double := s.means(t)
	means.Branch, means.HistoryDir = branch, t.TempDir()
	images, err := pipeline.BuildJob{Project: p, Means: means, Files: files}.Run(t.Context(), pipeline.Destination{})
	if err != nil {
		t.Fatal(err)
	}
	return images[0], double.Stderr()
}

// at wants movable tags to be where they should be.
func (s store) at(t *testing.T, what string, want map[string]string) {
	t.Helper()
	for tag, digest := range want {
		if got := s.digest(t, tag); got != digest {
			t.Errorf("%s: %s is at %q, not %q", what, tag, got, digest)
		}
	}
}

// TestBranchesTagsFollow goes through what CI jobs build: the tip of the deploy
// branch, a feature, a commit that is behind, a branch that was rewritten.
func TestBranchesTagsFollow(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	registry := newStore(t)

	first, said := registry.buildFor(t, r.cloned(), "main")
	registry.at(t, "first", map[string]string{"branch-main": first.Digest, "latest": first.Digest})
	if !strings.Contains(said, "latest, branch-main put on") {
		t.Error(said)
	}
	behind := r.cloned()

	registry.Reset()
	if _, said = registry.buildFor(t, r.cloned(), "main"); strings.Contains(said, "branch-main") {
		t.Error(said)
	}
	if n := registry.Counts().Of("", "manifest").Requests; n != 2 {
		t.Errorf("a build with nothing to do asks for %d manifests, not its own and the branch's\n%s", n, registry.Counts())
	}

	r.commit("Code", map[string]string{"train": "second\n"})
	second, _ := registry.buildFor(t, r.cloned("--depth=1"), "main")
	registry.at(t, "second", map[string]string{"branch-main": second.Digest, "latest": second.Digest})

	// A job of the commit before ends last: its clone knows nothing newer.
	_, said = registry.buildFor(t, behind, "main")
	if !strings.Contains(said, "left where it is: it names the image of "+second.Origin.Commit[:12]) {
		t.Error(said)
	}
	// The same where its clone has the later commit, but the branch elsewhere.
	behind.git("fetch", "-q")
	behind.git("update-ref", "refs/remotes/origin/main", "HEAD")
	if _, said = registry.buildFor(t, behind, "main"); !strings.Contains(said, "a later commit") {
		t.Error(said)
	}
	behind.git("fetch", "-q")
	if _, said = registry.buildFor(t, behind, "main"); !strings.Contains(said, "is not the tip of main") {
		t.Error(said)
	}
	registry.at(t, "behind", map[string]string{"branch-main": second.Digest, "latest": second.Digest})

	r.git("checkout", "-q", "-b", "feature/a")
	r.commit("Feature", map[string]string{"train": "feature\n"})
	feature, _ := registry.buildFor(t, r.cloned(), "feature/a")
	registry.at(t, "feature", map[string]string{
		build.BranchTag("feature/a"): feature.Digest, "branch-main": second.Digest, "latest": second.Digest,
	})
	if _, said = registry.buildFor(t, r.cloned(), "pull/7"); !strings.Contains(said, `there is no branch "pull/7"`) {
		t.Error(said)
	}

	// Main goes there without a commit of its own: its image exists.
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--ff-only", "feature/a")
	if image, _ := registry.buildFor(t, r.cloned("--depth=1"), "main"); image.How != build.Found {
		t.Errorf("the image was %s", image.How)
	}
	registry.at(t, "fast-forward", map[string]string{"branch-main": feature.Digest, "latest": feature.Digest})

	// A rewritten branch goes where no history leads.
	r.git("reset", "-q", "--hard", "HEAD~1")
	rewritten := r.commit("Instead", map[string]string{"train": "instead\n"})
	instead, said := registry.buildFor(t, r.cloned("--depth=1"), "main")
	registry.at(t, "rewritten to "+rewritten+": "+said, map[string]string{"branch-main": instead.Digest, "latest": instead.Digest})
}

// TestTagsThatCannotMove: an image is published though a registry keeps tags
// where they are.
func TestTagsThatCannotMove(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	registry := newStore(t)
	registry.Add(faultproxy.Fault{
		Match: func(q *http.Request) bool {
			return q.Method == http.MethodPut && strings.HasSuffix(q.URL.Path, "/latest")
		},
		Action: faultproxy.Answer(http.StatusBadRequest, nil, `{"errors":[{"code":"TAG_INVALID","message":"immutable"}]}`),
	})
	image, said := registry.buildFor(t, r, "main")
	if image.How != build.Built || !strings.Contains(said, "warning") || !strings.Contains(said, "branch-main") {
		t.Errorf("%s: %s", image.How, said)
	}
	registry.at(t, "refused", map[string]string{"branch-main": "", "latest": "", image.Tag: image.Digest})
}
