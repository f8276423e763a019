package gitrepo

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSweepSnapshots: what a killed process left goes, what is in use, young or
// somebody else's stays.
func TestSweepSnapshots(t *testing.T) {
	parent, now := t.TempDir(), time.Now()
	make := func(name string, age time.Duration) string {
		dir := filepath.Join(parent, name)
		if err := os.MkdirAll(filepath.Join(dir, "objects"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	left := make(snapshotPrefix+"left", 2*leftoverAge)
	used := make(snapshotPrefix+"used", 2*leftoverAge)
	young := make(snapshotPrefix+"young", leftoverAge/2)
	other := make("another", 2*leftoverAge)
	held, err := holdDir(used)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	sweepSnapshots(parent, now)
	for dir, stays := range map[string]bool{left: false, used: true, young: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s: %v, stays %v", filepath.Base(dir), err, stays)
		}
	}
}
