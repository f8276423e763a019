package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// onEnvironment is a commit of one file on an environment of three layers.
func onEnvironment(t *testing.T) (Spec, Options) {
	t.Helper()
	host := newRegistry(t)
	repo := newGitRepo(t)
	repo.write("a.py", "# a\n")
	spec := repo.spec(host, repo.commit("first"))
	spec.Base.Environment = pushEnvironment(t, spec.Repository, 3)
	return spec, Options{Source: WholeTree(repo, nil)}
}

func TestLayout(t *testing.T) {
	spec, options := onEnvironment(t)
	remote := quick(t, nil, nil)
	dir := filepath.Join(t.TempDir(), "new", "layout")

	image, err := ToLayout(context.Background(), remote, options, spec, dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ToLayout(context.Background(), remote, options, spec, dir)
	if err != nil || again.Digest != image.Digest {
		t.Errorf("written again: %s, %v", again.Digest, err)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 || manifest.Manifests[0].Digest.String() != image.Digest {
		t.Errorf("the index has %+v, %v", manifest, err)
	}
	if got := manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"]; got != spec.Commit {
		t.Errorf("the image's name is %q", got)
	}
	// A registry gets the same digest.
	if pushed := mustBuild(t, NewPublisher(remote, options), spec); pushed.Digest != image.Digest {
		t.Errorf("layout has %s, registry %s", image.Digest, pushed.Digest)
	}
}

func TestScratchLayoutNeedsNoRegistry(t *testing.T) {
	spec, blobs := goldenSpec()
	_, err := ToLayout(context.Background(), quick(t, nil, nil), Options{Source: WholeTree(blobs, nil)}, spec, t.TempDir())
	if err != nil {
		t.Error(err)
	}
}

// Whatever part of a layout an interrupted run left, the next one completes.
func TestLayoutAfterAnInterruption(t *testing.T) {
	spec, blobs := goldenSpec()
	other := spec
	other.Commit = strings.Repeat("e", 40)
	write := func(spec Spec, dir string) error {
		_, err := ToLayout(context.Background(), quick(t, nil, nil), Options{Source: WholeTree(blobs, nil)}, spec, dir)
		return err
	}
	for _, lost := range []string{"index.json", "oci-layout", "blobs", "blobs/sha256/*"} {
		dir := t.TempDir()
		if err := write(spec, dir); err != nil {
			t.Fatal(err)
		}
		if err := write(other, dir); err != nil {
			t.Fatal(err)
		}
		paths, err := filepath.Glob(filepath.Join(dir, lost))
		if err != nil || len(paths) == 0 {
			t.Fatalf("nothing to lose at %s: %v", lost, err)
		}
		if err := os.RemoveAll(paths[0]); err != nil {
			t.Fatal(err)
		}
		left, fresh := filepath.Join(dir, ".gantline-123"), filepath.Join(dir, ".gantline-456")
		for _, file := range []string{left, fresh} {
			if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(left, time.Time{}, time.Now().Add(-2*leftFor)); err != nil {
			t.Fatal(err)
		}
		if err := write(spec, dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(left); !os.IsNotExist(err) {
			t.Errorf("a file of a killed process is still there: %v", err)
		}
		if _, err := os.Stat(fresh); err != nil {
			t.Errorf("a file that another process writes is gone: %v", err)
		}
		index, err := layout.ImageIndexFromPath(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Index(index); err != nil {
			t.Errorf("after %s was lost: %v", lost, err)
		}
	}
}

// A blob that a crash of the machine cut is written again.
func TestLayoutMendsCutBlobs(t *testing.T) {
	spec, blobs := goldenSpec()
	dir := t.TempDir()
	write := func() {
		t.Helper()
		if _, err := ToLayout(t.Context(), quick(t, nil, nil), Options{Source: WholeTree(blobs, nil)}, spec, dir); err != nil {
			t.Fatal(err)
		}
	}
	write()
	paths, err := filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no blobs: %v", err)
	}
	for _, path := range paths {
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	write()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
}

// Commits that are written to one layout at the same time are all in its index.
func TestLayoutAtOnce(t *testing.T) {
	spec, blobs := goldenSpec()
	dir := t.TempDir()
	const commits = 16
	var all sync.WaitGroup
	for i := range commits {
		spec := spec
		spec.Commit = fmt.Sprintf("%040x", i)
		all.Go(func() {
			if _, err := ToLayout(t.Context(), quick(t, nil, nil), Options{Source: WholeTree(blobs, nil)}, spec, dir); err != nil {
				t.Errorf("commit %d: %v", i, err)
			}
		})
	}
	all.Wait()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if manifest, err := index.IndexManifest(); err != nil || len(manifest.Manifests) != commits {
		t.Errorf("the index names %d of %d, %v", len(manifest.Manifests), commits, err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
}

func TestLayoutKeepsOffOtherDirectories(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.tex"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	spec, blobs := goldenSpec()
	_, err := ToLayout(context.Background(), quick(t, nil, nil), Options{Source: WholeTree(blobs, nil)}, spec, dir)
	if err == nil || !strings.Contains(err.Error(), "neither empty nor an OCI layout") {
		t.Errorf("writing beside other files: %v", err)
	}
}

func TestVerify(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("a.py", "# a\n")
	spec := repo.spec(newRegistry(t), repo.commit("first"))
	remote, options := quick(t, nil, nil), Options{Source: WholeTree(repo, nil)}
	if _, err := Verify(context.Background(), remote, options, spec); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("verifying what was never built: %v", err)
	}
	mustBuild(t, standard(remote, repo), spec)
	v, err := Verify(context.Background(), remote, options, spec)
	if err != nil || !v.Same() || len(v.Layers) != 4 {
		t.Errorf("verified: %+v, %v", v, err)
	}
	spec.Files[0].Mode = ModeExecutable
	v, err = Verify(context.Background(), remote, options, spec)
	if err != nil || v.Same() {
		t.Fatalf("another mode is the same image: %+v, %v", v, err)
	}
	for _, l := range v.Layers {
		if l.Same() == (l.Kind == KindCode) {
			t.Errorf("layer %s: published %s, rebuilt %s", l.Kind, l.Published, l.Rebuilt)
		}
	}
}
