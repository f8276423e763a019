package gitrepo

import (
	"os"
	"path/filepath"
	"time"

	"gantline.dev/gantline/internal/filelock"
)

// snapshotPrefix begins the names of the folders that snapshots' objects are
// in, and leftoverAge is how old one must be to be taken for a leftover.
const (
	snapshotPrefix = "gantline-snapshot-"
	leftoverAge    = time.Hour
)

// holdDir locks a folder for as long as the returned file is open, which no
// process outlives: so a killed one's folder is told from one in use.
func holdDir(dir string) (*os.File, error) {
	file, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := filelock.Try(file); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// sweepSnapshots removes the folders that killed processes left in parent.
// What it cannot remove, another user's among them, stays.
func sweepSnapshots(parent string, now time.Time) {
	found, err := filepath.Glob(filepath.Join(parent, snapshotPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || now.Sub(info.ModTime()) < leftoverAge {
			continue
		}
		held, err := holdDir(dir)
		if err != nil {
			continue // in use, or not ours
		}
		_ = os.RemoveAll(dir)
		held.Close()
	}
}
