//go:build linux

package registry_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// The disk under the registry fills up: the push says so at once instead of
// trying again, and succeeds when there is space.
func TestDiskFull(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" || os.Geteuid() != 0 {
		t.Skip("needs root, to mount a small disk, and GANTLINE_TEST=full")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatal(err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH) // the registry may still close a file
	app, err := registry.NewApp(t.Context(), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	server := httptest.NewServer(app)
	defer server.Close()
	proxy := faultproxy.New(t, server.URL)
	image, err := random.Image(8<<20, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref := tag(t, proxy.Host(), "a:1")
	r := newRemote(t, registry.RemoteOptions{})
	err = registry.Explain(remote.Write(ref, image, r.Options(t.Context())...))
	if !errors.Is(err, registry.ErrNoSpace) || !strings.Contains(err.Error(), "free space") {
		t.Errorf("the push ends with %v", err)
	}
	if n := proxy.Counts().Of("PATCH", "upload").Requests; n > 2 { // layer and config, once
		t.Errorf("%d uploads:\n%v", n, proxy.Counts())
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image, r.Fresh(t.Context())...); err != nil {
		t.Fatal(err)
	}
	wantImage(t, ref, image)
}
