package main

import (
	"archive/tar"
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// rootTar is the path of a root file system of one file.
func rootTar(t *testing.T, dir, text string) string {
	t.Helper()
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	if err := writer.WriteHeader(&tar.Header{Name: "etc/text", Mode: 0o644, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "root.tar")
	if err := os.WriteFile(path, archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPush(t *testing.T) {
	server := httptest.NewServer(registry.New())
	defer server.Close()
	target := strings.TrimPrefix(server.URL, "http://") + "/base:12"

	dir := t.TempDir()
	first, err := push(rootTar(t, dir, "one"), target, "linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := push(rootTar(t, t.TempDir(), "one"), target, "linux/arm64")
	if err != nil || elsewhere != first {
		t.Errorf("the same tar gave %q and %q (%v)", first, elsewhere, err)
	}
	ref, err := name.ParseReference(first)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.OS != "linux" || config.Architecture != "arm64" || len(config.RootFS.DiffIDs) != 1 {
		t.Errorf("the configuration is %+v, want linux/arm64 and one layer", config)
	}

	// A changed tar is not served from the compressed layer of the old one.
	changed := rootTar(t, dir, "two")
	later := time.Now().Add(time.Second)
	if err := os.Chtimes(changed, later, later); err != nil {
		t.Fatal(err)
	}
	if second, err := push(changed, target, "linux/arm64"); err != nil || second == first {
		t.Errorf("another tar gave %q (%v), the image of the first", second, err)
	}
}

func TestPushExplains(t *testing.T) {
	root := rootTar(t, t.TempDir(), "one")
	for _, test := range []struct{ root, target, platform, want string }{
		{root, "UPPER:x:y", "linux/amd64", `reading target "UPPER:x:y"`},
		{"/none", "localhost:1/a:b", "linux/amd64", `compressing "/none"`},
		{root, "localhost:1/a:b", "linux", "the platform must be OS/ARCH"},
		{root, "localhost:1/a:b", "linux/amd64", `pushing to "localhost:1/a:b"`},
	} {
		_, err := push(test.root, test.target, test.platform)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("push(%q, %q, %q) gave %v, want %q", test.root, test.target, test.platform, err, test.want)
		}
	}
}
