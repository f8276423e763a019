package build

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// forever is a fault's Times for one that does not end.
const forever = 1 << 30

// scene is a code-only commit after a built one, behind a proxy.
type scene struct {
	proxy *faultproxy.Proxy
	blobs memBlobs
	first Spec
	code  Spec
}

func newScene(t *testing.T, dir string) scene {
	t.Helper()
	proxy := faultproxy.New(t, "http://"+newRegistryIn(t, dir))
	repo := newGitRepo(t)
	repo.write("a.py", "# a\n")
	first := repo.spec(proxy.Host(), repo.commit("first"))
	repo.write("a.py", "# changed\n")
	code := repo.spec(proxy.Host(), repo.commit("code"))
	code.Neighbours = []string{first.Commit}
	s := scene{proxy, memBlobs{}, first, code}
	for _, f := range append(first.Files, code.Files...) {
		s.blobs[f.Hash] = []byte(repo.git(nil, "cat-file", "blob", f.Hash) + "\n")
	}
	s.first.Base.Environment = pushEnvironment(t, s.first.Repository, 3)
	return s.moved(s.first.Repository)
}

// moved is the scene by another address of its repository.
func (s scene) moved(repository string) scene {
	_, digest, _ := strings.Cut(s.first.Base.Environment, "@")
	s.first.Repository, s.code.Repository = repository, repository
	s.first.Base.Environment = repository + "@" + digest
	s.code.Base = s.first.Base
	return s
}

// variant is the scene with another code commit, whose layer no registry has.
func (s scene) variant(name string) scene {
	sum := sha1.Sum([]byte(name))
	hash := hex.EncodeToString(sum[:])
	s.blobs = maps.Clone(s.blobs)
	s.blobs[hash] = []byte(name)
	s.code.Files = append(slices.Clone(s.code.Files), File{Path: "name", Mode: ModeFile, Hash: hash, Size: int64(len(name))})
	s.code.Commit, s.code.Origin.Commit = hash, hash
	return s
}

// docs is a commit that asks for the code commit's image.
func (s scene) docs() Spec {
	docs := s.code
	docs.Commit = strings.Repeat("d", 20) + s.code.Commit[:20]
	return docs
}

// builder is one as a new process has it.
func (s scene) builder(t *testing.T) Builder { return standard(quick(t, nil, nil), s.blobs) }

// A build is broken at its request n, for each n and in several ways, and run
// again. No tag ever names half an image, and the second run succeeds.
func TestBrokenAtEachRequest(t *testing.T) {
	t.Parallel()
	s := newScene(t, t.TempDir())
	mustBuild(t, s.builder(t), s.first)
	for name, action := range map[string]faultproxy.Action{
		"request-cut":  faultproxy.CutRequest(0),
		"answer-cut":   faultproxy.CutResponse(0),
		"server-error": faultproxy.Answer(http.StatusInternalServerError, nil, "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 1
			for s.variant(fmt.Sprint(name, n)).breakAt(t, n, action) {
				n++
			}
			t.Logf("a build has %d requests", n-1)
			if n < 10 {
				t.Error("the proxy has not seen a whole build")
			}
		})
	}
}

// breakAt breaks a build at its request n; it says whether there was one.
func (s scene) breakAt(t *testing.T, n int, action faultproxy.Action) bool {
	t.Helper()
	broken := faultproxy.New(t, s.proxy.URL)
	broken.Add(faultproxy.Fault{Nth: n, Times: forever, Action: action})
	seen := s.moved(strings.Replace(s.code.Repository, s.proxy.Host(), broken.Host(), 1))
	// The origin is another commit: both tags are put.
	_, err := s.builder(t).Build(context.Background(), seen.docs())
	if broken.Fired() == 0 {
		if err != nil {
			t.Fatalf("without a fault: %v", err)
		}
		return false
	}
	if err == nil {
		t.Fatalf("request %d was broken for good, and the build did not fail", n)
	}
	s.checkTags(t)
	image := mustBuild(t, s.builder(t), s.docs())
	if again := mustBuild(t, s.builder(t), s.code); again.Digest != image.Digest {
		t.Errorf("request %d: the origin is %s, the commit %s", n, again.Digest, image.Digest)
	}
	if n == 1 { // the others are the same, and the registry takes no half image
		published(t, image.Repository+":"+image.Tag)
	}
	return true
}

// checkTags pulls whatever the tags name.
func (s scene) checkTags(t *testing.T) {
	t.Helper()
	for _, commit := range []string{s.code.Commit, s.docs().Commit} {
		ref, err := name.ParseReference(s.code.Repository + ":" + commit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := gcr.Head(ref); err == nil {
			published(t, ref.String())
		}
	}
}

// One failure of any request passes unnoticed.
func TestOneFailureIsMended(t *testing.T) {
	t.Parallel()
	whole := newScene(t, t.TempDir())
	mustBuild(t, whole.builder(t), whole.first)
	for n := 1; n <= 14; n++ { // as many as a build has
		s := whole.variant(fmt.Sprint("once", n))
		before := s.proxy.Fired()
		s.proxy.Add(faultproxy.Fault{Nth: n, Action: faultproxy.CutRequest(0)})
		if _, err := s.builder(t).Build(context.Background(), s.docs()); err != nil {
			t.Errorf("request %d cut once: %v", n, err)
		}
		s.checkTags(t)
		if s.proxy.Fired() != before+1 {
			t.Errorf("request %d was never made", n)
		}
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := newScene(t, t.TempDir())
	mustBuild(t, s.builder(t), s.first)
	ctx, cancel := context.WithCancel(context.Background())
	s.proxy.Add(faultproxy.Fault{
		Match: faultproxy.Is("PUT", "upload"), Nth: 1, Action: faultproxy.Call(cancel),
	})
	if _, err := s.builder(t).Build(ctx, s.code); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted while a layer was sent: %v", err)
	}
	if s.proxy.Fired() != 1 {
		t.Fatal("nothing was interrupted")
	}
	s.checkTags(t)
	mustBuild(t, s.builder(t), s.code)
}

// Refusals say what the registry said, and leave no tag.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]error{
		http.StatusUnauthorized: registry.ErrUnauthorized, http.StatusForbidden: registry.ErrForbidden,
		http.StatusTooManyRequests: registry.ErrRateLimited, http.StatusInsufficientStorage: registry.ErrNoSpace,
	} {
		s := newScene(t, t.TempDir())
		s.proxy.Add(faultproxy.Fault{
			Match: faultproxy.Is("POST", "upload"), Times: forever, Nth: 1,
			Action: faultproxy.Answer(status, nil, "{}"),
		})
		_, err := s.builder(t).Build(context.Background(), s.first)
		if !errors.Is(err, want) || !strings.HasPrefix(err.Error(), `building image "train": pushing the `) {
			t.Errorf("status %d: %v", status, err)
		}
		s.checkTags(t)
	}
}

// Between the question and the answer another builder puts the tag: its image
// is the answer, and the tag does not move.
func TestAnotherBuilderIsFirst(t *testing.T) {
	t.Parallel()
	s := newScene(t, t.TempDir())
	other := s.first
	other.Env = map[string]string{"OTHER": "1"}
	var theirs Image
	s.proxy.Add(faultproxy.Fault{
		Match: faultproxy.Is("POST", "upload"), Nth: 1,
		Action: faultproxy.Call(func() { theirs = mustBuild(t, s.builder(t), other) }),
	})
	mine := mustBuild(t, s.builder(t), s.first)
	if theirs.Digest == "" || mine.Digest != theirs.Digest || mine.How != Found {
		t.Errorf("mine is %s (%s), theirs %s", mine.Digest, mine.How, theirs.Digest)
	}
	head := mustBuild(t, s.builder(t), s.first)
	if head.Digest != theirs.Digest {
		t.Errorf("the tag moved to %s", head.Digest)
	}
}

// A layer that a neighbour's manifest names may have been collected.
func TestCollectedLayerIsSentAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newScene(t, dir)
	first := mustBuild(t, s.builder(t), s.first)
	for _, l := range first.Manifests[0].Layers {
		if l.Kind == KindStep {
			forget(t, dir, l.Digest)
		}
	}
	restarted := faultproxy.New(t, "http://"+newRegistryIn(t, dir)) // its memory of blobs is gone
	image := mustBuild(t, s.builder(t), s.moved(restarted.Host()+"/agent/train").code)
	published(t, image.Repository+":"+image.Tag)
	if n := restarted.Counts().Of("PUT", "manifest").Requests; n != 2 {
		t.Errorf("the manifest was put %d times: the registry did not refuse", n)
	}
}

// forget removes a blob from a registry's directory.
func forget(t *testing.T, dir, digest string) {
	t.Helper()
	_, hex, _ := strings.Cut(digest, ":")
	removed := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == hex {
			removed++
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			return filepath.SkipDir
		}
		return err
	})
	if err != nil || removed < 2 {
		t.Fatalf("forgot %d directories of %s: %v", removed, digest, err)
	}
}
