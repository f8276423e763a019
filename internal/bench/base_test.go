package bench

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"

	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/registry"
)

// The base image: Debian, and layers that don't compress, as those of CUDA
// and PyTorch hardly do.
const (
	baseLayers     = 60
	baseLayerBytes = 31 << 20
	baseTag        = "base/pytorch:1"
	// baseVersion names what the cache holds: raise it with a change.
	baseVersion = "base-2"
)

// newRegistry is a real registry that has the base image and nothing else, at
// host:port. What a measurement pushes is gone with the test.
func newRegistry(t *testing.T) (host string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "gantline-bench")
	made := filepath.Join(cache, baseVersion)
	if _, err := os.Stat(made); err != nil {
		clean(t, filepath.Join(cache, "base-*")) // of other versions, and unfinished ones
		say("making a base image of %d layers and 2 GB in %s, once", baseLayers, made)
		makeBase(t, made)
	}
	clean(t, filepath.Join(cache, "run-*")) // of one that was killed
	dir, err := os.MkdirTemp(cache, "run-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	// The registry replaces files and never writes into one, so that links to
	// the base's blobs are as good as copies.
	if err := linkTree(made, filepath.Join(dir, "data")); err != nil {
		t.Fatalf("copying the base image: %v", err)
	}
	return serve(t, filepath.Join(dir, "data"))
}

func clean(t *testing.T, pattern string) {
	t.Helper()
	old, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range old {
		os.RemoveAll(dir)
	}
}

// serve serves a registry's directory until the test ends.
func serve(t *testing.T, dir string) (host string) {
	t.Helper()
	app, err := registry.NewApp(context.Background(), dir, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(app)
	t.Cleanup(func() {
		server.Close()
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	})
	return strings.TrimPrefix(server.URL, "http://")
}

// makeBase makes the registry's directory, whole or not at all.
func makeBase(t *testing.T, dir string) {
	t.Helper()
	unfinished := dir + ".new"
	if err := os.MkdirAll(unfinished, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Run("making the base image", func(t *testing.T) {
		tag, err := name.NewTag(serve(t, unfinished) + "/" + baseTag)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(tag, baseImage(t)); err != nil {
			t.Fatal(err)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	if err := os.Rename(unfinished, dir); err != nil {
		t.Fatal(err)
	}
}

func baseImage(t *testing.T) v1.Image {
	t.Helper()
	debian, err := tarball.LayerFromFile(buildertest.Run(t, "base-image.sh"), tarball.WithMediaType(types.OCILayer))
	if err != nil {
		t.Fatal(err)
	}
	layers := []v1.Layer{debian}
	for i := 1; i < baseLayers; i++ {
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return noise(i) }, tarball.WithMediaType(types.OCILayer))
		if err != nil {
			t.Fatal(err)
		}
		layers = append(layers, layer)
	}
	config := &v1.ConfigFile{
		OS: "linux", Architecture: "amd64",
		Config: v1.Config{Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}},
	}
	image, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), config)
	if err == nil {
		image, err = mutate.AppendLayers(image, layers...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// noise is a compressed layer of one file that does not compress.
func noise(i int) (io.ReadCloser, error) {
	var b bytes.Buffer
	compressor, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		return nil, err
	}
	writer := tar.NewWriter(compressor)
	err = writer.WriteHeader(&tar.Header{Name: "opt/base/part" + strconv.Itoa(i), Mode: 0o644, Size: baseLayerBytes})
	if err == nil {
		_, err = io.CopyN(writer, rand.NewChaCha8([32]byte{byte(i)}), baseLayerBytes)
	}
	err = errors.Join(err, writer.Close(), compressor.Close())
	return io.NopCloser(&b), err
}

// linkTree makes a copy of a directory whose files are links to the same data.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		return os.Link(path, filepath.Join(to, rel))
	})
}
