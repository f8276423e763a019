package build

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestArchive: what docker load reads has the layers and the config of the
// published image, the environment's layers among them.
func TestArchive(t *testing.T) {
	spec, options := onEnvironment(t)
	file := filepath.Join(t.TempDir(), "image.tar")

	image, err := ToArchive(context.Background(), quick(t, nil, nil), options, spec, file)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(spec.Repository + ":" + spec.Commit)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := tarball.ImageFromPath(file, &tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(loaded); err != nil {
		t.Error(err)
	}
	published := mustBuild(t, NewPublisher(quick(t, nil, nil), options), spec)
	if published.Digest != image.Digest || image.Moved.Sent != 0 {
		t.Errorf("%s, published %s, moved %+v", image.Digest, published.Digest, image.Moved)
	}
	layers, err := loaded.Layers()
	if err != nil || len(layers) != len(published.Manifests[0].Layers) {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	for i, l := range layers {
		if digest, err := l.Digest(); err != nil || digest.String() != published.Manifests[0].Layers[i].Digest {
			t.Errorf("layer %d is %s, %v", i, digest, err)
		}
	}
}

// brokenBlobs can be read no more.
type brokenBlobs struct{}

func (brokenBlobs) Open(string) (io.ReadCloser, int64, error) {
	return nil, 0, errors.New("the disk is gone")
}

// A build that fails leaves the archive that was there.
func TestArchiveIsWholeOrAsItWas(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "image.tar")
	if err := os.WriteFile(file, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	spec, _ := goldenSpec()
	if _, err := ToArchive(context.Background(), quick(t, nil, nil), Options{Source: WholeTree(brokenBlobs{}, nil)}, spec, file); err == nil {
		t.Error("written from a disk that is gone")
	}
	text, err := os.ReadFile(file)
	entries, _ := os.ReadDir(dir)
	if string(text) != "before" || err != nil || len(entries) != 1 {
		t.Errorf("%q, %v, %v", text, err, entries)
	}
}
