package lfs

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The disk fills up while an object comes: that is an error of its own, nothing
// has a final name, and with room the rest comes.
func TestDiskFull(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" || os.Geteuid() != 0 {
		t.Skip("needs root, to mount a small disk, and GANTLINE_TEST=full")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatal(err)
	}
	defer syscall.Unmount(dir, 0)
	content := some(1, 1500<<10)[0]
	s := newServer(t, content)
	other := filepath.Join(dir, "other")
	s.get = func(http.ResponseWriter, *http.Request, string) bool {
		if _, err := os.Stat(other); err != nil {
			write(t, other, make([]byte, 1<<20)) // somebody else's, after the room was looked at
		}
		return false
	}
	store := NewStore(filepath.Join(dir, "store"), nil)
	err := fetchFrom(t, s, store, []Object{objectOf(content)})
	if !errors.Is(err, ErrNoSpace) {
		t.Fatalf("error %v", err)
	}
	says(t, err, "make room", "no space left on device")
	if _, gets := s.seen(); len(gets) != 1 || onlyWhole(t, store) != 0 {
		t.Errorf("%d downloads", len(gets))
	}
	if err := fetchFrom(t, s, store, []Object{objectOf(content)}); !errors.Is(err, ErrNoSpace) {
		t.Errorf("still full, and the error is %v", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	if err := fetchFrom(t, s, store, []Object{objectOf(content)}); err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
	if _, gets := s.seen(); len(gets) != 2 || gets[1] == gets[0] {
		t.Errorf("downloads %q: the second should ask for the rest", gets)
	}
}
