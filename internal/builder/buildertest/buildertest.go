// Package buildertest gives tests a real BuildKit daemon of their own.
package buildertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/builder"
)

// Require skips the test where the machine is not prepared for real builds.
func Require(t testing.TB) {
	t.Helper()
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("runs a real BuildKit daemon: set GANTLINE_TEST=full, as make test does")
	}
	if os.Geteuid() != 0 {
		t.Skip("runs a real BuildKit daemon, which needs root")
	}
}

// Start runs a daemon with an empty state until the test ends.
func Start(t testing.TB) *builder.Builder {
	t.Helper()
	b, err := builder.Find(context.Background(), builder.Options{Address: "unix://" + Serve(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// Serve runs a daemon with an empty state until the test ends, and is the path
// of its socket.
func Serve(t testing.TB) string {
	t.Helper()
	Require(t)
	// Not t.TempDir: its names are too long for sockets.
	dir, err := os.MkdirTemp("", "gantline-builder-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })

	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	own := builder.Own{Dir: dir, Buildkitd: Buildkitd(t)}
	go func() { served <- builder.Serve(ctx, own, time.Hour) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("the builder ended with: %v", err)
		}
	})
	socket := filepath.Join(dir, "builder.sock")
	for range 1200 {
		if _, err := os.Stat(socket); err == nil {
			return socket
		}
		select {
		case err := <-served:
			served <- nil
			t.Fatalf("the builder ended at its start: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("the builder did not start within a minute")
	return ""
}

// Buildkitd is the program that the project pins, built where it is missing.
func Buildkitd(t testing.TB) string {
	t.Helper()
	return Run(t, "tool.sh", "buildkitd")
}

// Run runs a script of hack/ and is the last line that it prints.
func Run(t testing.TB, script string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(root(t), "hack", script), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("running hack/%s: %v", script, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// root is the directory of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("this test does not run inside the module")
	return ""
}
