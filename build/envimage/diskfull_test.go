//go:build linux

package envimage_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/builder/buildertest"
)

// The disk of a builder fills up while it builds: the error says so, nothing is
// published, and the next build succeeds when there is room.
func TestBuilderDiskFull(t *testing.T) {
	buildertest.Require(t)
	registry := startRegistry(t)
	in := envimage.Inputs{
		Base: buildertest.Run(t, "base-image.sh", registry+"/base:bookworm"), Platform: "linux/amd64",
		Setup: []string{"head -c 1000000 /dev/urandom >/mark"}, User: envimage.DefaultUser(1000, 1000),
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=150m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	t.Setenv("TMPDIR", disk) // where the builder of the test keeps everything
	b := buildertest.Start(t)
	_, err := envimage.Build(t.Context(), b.Client(), in, registry+"/agent/train", envimage.Options{})
	err = b.Explain(t.Context(), err)
	if full := new(builder.FullError); !errors.As(err, &full) || !strings.Contains(err.Error(), "gantline cache prune builder") {
		t.Fatalf("on a full disk: %v", err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=2g"); err != nil {
		t.Fatal(err)
	}
	if _, err := envimage.Build(t.Context(), b.Client(), in, registry+"/agent/train", envimage.Options{}); err != nil {
		t.Errorf("with room: %v", b.Explain(t.Context(), err))
	}
}
