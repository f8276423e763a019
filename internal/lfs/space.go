package lfs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNoSpace is a disk, or a user's share of it, that is full.
var ErrNoSpace = errors.New("no space left for LFS contents; make room or let the cache be on another disk, then run again: what has come is kept")

// noSpace makes an error of a full disk ErrNoSpace.
func noSpace(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrNoSpace, err)
	}
	return err
}

// room refuses to begin what the disk can't hold.
func (s *Store) room(objects []Object) error {
	var need int64
	for _, o := range objects {
		need += o.Size
		if info, err := os.Stat(s.partialPath(o.OID)); err == nil {
			need -= min(info.Size(), o.Size)
		}
	}
	free, err := freeBytes(s.dir)
	if err != nil || need <= free {
		return nil // a disk that doesn't say is found out by writing
	}
	return fmt.Errorf("%w (%s %d MB more in %q, where %d MB are free)", ErrNoSpace,
		plural(len(objects), "LFS object needs", "LFS objects need"), need>>20, s.dir, free>>20)
}

// freeBytes is what the disk that will hold a directory has left for this user.
func freeBytes(dir string) (int64, error) {
	var disk syscall.Statfs_t
	for {
		err := syscall.Statfs(dir, &disk)
		if err == nil {
			return int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:unconvert // of another type on other systems
		}
		up := filepath.Dir(dir)
		if !errors.Is(err, syscall.ENOENT) || up == dir {
			return 0, err
		}
		dir = up
	}
}
