package pipeline_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/streams"
)

// gitServer is a bare repository over http, by git's own program.
func gitServer(h *repotest.History) *httptest.Server {
	s := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(h.Git(nil, "--exec-path"), "git-http-backend"), Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + h.Dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + os.Getenv("HOME")},
	})
	h.Cleanup(s.Close)
	return s
}

// contentsOf is the hash of every file below a directory.
func contentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = fmt.Sprintf("%x", sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// buildClone builds the images of a clone's HEAD, each on a machine of its own.
func buildClone(t *testing.T, dir, history string) (build.Image, *streams.Double, store) {
	t.Helper()
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	commit, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Load(t.Context(), repo, commit)
	if err != nil {
		t.Fatal(err)
	}
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	registry := newStore(t)
	means, double := registry.means(t)
	means.HistoryDir = history
	images, err := pipeline.BuildJob{Project: p, Means: means, Files: files}.Run(t.Context(), pipeline.Destination{})
	if err != nil {
		t.Fatal(err)
	}
	images[0].Repository, images[0].Moved = "", build.Moved{}
	return images[0], double, registry
}

// branching is a history with docs at its end and a merge, in which gantline.yaml
// changed, so that the origin is neither the last commit nor the first.
func branching(t *testing.T) *repotest.History {
	h := repotest.New(t)
	var first []repotest.Change
	for name, text := range example(nil) {
		first = append(first, repotest.Put(name, text))
	}
	h.Commit("main", "Ann", "First", first...)
	for i := range 70 {
		h.Commit("main", "Ann", "Code", repotest.Put(fmt.Sprintf("pkg/m%d.py", i%9), fmt.Sprint(i)), repotest.Put("old.model", repotest.Pointer(byte('a'+i%6), 9)))
	}
	h.Commit("side", "Bob", "Side", repotest.From(60), repotest.Put("side.py", "side"))
	h.Commit("main", "Ann", "Merge", repotest.Merge(72), repotest.Put("side.py", "side"))
	h.Commit("main", "Ann", "Targets", repotest.Put("gantline.yaml", projectFile+"    other: {git: other}\n"))
	h.Commit("main", "Ann", "Pointer", repotest.Put("old.model", repotest.Pointer('9', 9)))
	for i := range 20 {
		h.Commit("main", "Ann", "Docs", repotest.Put("docs/data.md", fmt.Sprint(i)))
	}
	h.Open()
	return h
}

// TestShallowCloneHasTheSameImage: a clone of one commit builds what a whole
// clone does, bit for bit, and stays as it is.
func TestShallowCloneHasTheSameImage(t *testing.T) {
	for name, h := range map[string]*repotest.History{"branching": branching(t), "long": longHistory(t)} {
		h.Open()
		web := gitServer(h)
		for _, url := range []string{"file://" + h.Dir, web.URL} {
			whole := filepath.Join(t.TempDir(), "clone") // an image names the remote
			h.Git(nil, "clone", "-q", "--branch=main", url, whole)
			want, _, _ := buildClone(t, whole, "")
			for _, filter := range []string{"true", "false"} {
				if name == "long" && filter == "false" {
					continue
				}
				h.Git(nil, "config", "uploadpack.allowFilter", filter)
				dir, cache := filepath.Join(t.TempDir(), "clone"), t.TempDir()
				h.Git(nil, "clone", "-q", "--depth=1", "--branch=main", url, dir)
				before := contentsOf(t, dir)
				for range 2 { // the second has all of it
					got, double, _ := buildClone(t, dir, cache)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s of %s (-whole +shallow):\n%s\n%s", name, url, diff, double.Stderr())
					}
				}
				if diff := cmp.Diff(before, contentsOf(t, dir)); diff != "" {
					t.Errorf("%s of %s: the clone changed:\n%s", name, url, diff)
				}
			}
		}
	}
}

// TestShallowCloneWithoutItsRemote: where the remote can't be read the image is
// what the clone alone makes, and a note says why.
func TestShallowCloneWithoutItsRemote(t *testing.T) {
	h := branching(t)
	dir := filepath.Join(t.TempDir(), "clone")
	h.Git(nil, "clone", "-q", "--depth=1", "--branch=main", "file://"+h.Dir, dir)
	alone, _, _ := buildClone(t, dir, "")
	cache := t.TempDir()
	if err := os.Rename(h.Dir, h.Dir+".gone"); err != nil {
		t.Fatal(err)
	}
	got, double, _ := buildClone(t, dir, cache)
	if diff := cmp.Diff(alone, got); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"can't be read from file://" + h.Dir, "does not", "git fetch --unshallow"} {
		if !strings.Contains(double.Stderr(), want) {
			t.Errorf("%q is not said:\n%s", want, double.Stderr())
		}
	}
	// What it had of the remote at first is not enough for the layers: all of
	// the image is the clone's then, its origin too.
	if err := os.Rename(h.Dir+".gone", h.Dir); err != nil {
		t.Fatal(err)
	}
	h.Git(nil, "config", "uploadpack.allowFilter", "true")
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	head, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repo.WithHistory(t.Context(), head.Hash, gitrepo.HistoryOptions{Dir: cache}); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(h.Dir, h.Dir+".gone"); err != nil {
		t.Fatal(err)
	}
	got, _, _ = buildClone(t, dir, cache)
	if diff := cmp.Diff(alone, got); diff != "" {
		t.Error(diff)
	}
}

// TestShallowCloneOfABuiltCommit reads no history: the commit's tag is there.
func TestShallowCloneOfABuiltCommit(t *testing.T) {
	h := branching(t)
	dir := filepath.Join(t.TempDir(), "clone")
	h.Git(nil, "clone", "-q", "--depth=1", "--branch=main", "file://"+h.Dir, dir)
	_, _, registry := buildClone(t, h.Dir, "")
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	head, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Load(t.Context(), repo, head)
	if err != nil {
		t.Fatal(err)
	}
	means, _ := registry.means(t)
	means.HistoryDir = filepath.Join(t.TempDir(), "history")
	images, err := pipeline.BuildJob{Project: p, Means: means}.Run(t.Context(), pipeline.Destination{})
	if err != nil || images[0].How != build.Found {
		t.Errorf("%+v, %v", images, err)
	}
	if _, err := os.Stat(means.HistoryDir); !os.IsNotExist(err) {
		t.Errorf("history was read: %v", err)
	}
}
