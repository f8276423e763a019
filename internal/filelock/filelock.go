// Package filelock takes locks on open files (flock(2)). Such a lock ends when
// the file is closed, or with the process, however that ends: nothing stale can
// block. It excludes other open files, in this process too.
//
// Who keeps a lock in a file that may be renamed or removed looks with At, once
// it has the lock, whether the file is still the one that others open.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// ErrHeld says that another open file has the lock.
var ErrHeld = errors.New("another process holds the lock")

// poll is how often Wait tries.
const poll = 20 * time.Millisecond

// Open opens a file, making it where it is missing, and takes its lock, or
// returns ErrHeld. The file is the one that the path leads to.
func Open(path string) (*os.File, error) {
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		err = Try(file)
		if err == nil && At(file, path) {
			return file, nil
		}
		file.Close()
		if err != nil {
			return nil, err
		}
		// It was renamed or removed between opening and locking.
	}
}

// Try takes the lock of an open file or directory, or returns ErrHeld.
func Try(file *os.File) error { return take(file, syscall.LOCK_EX) }

// Wait takes the lock of an open file or directory, when its holder is done. It
// calls waiting once where it has to wait; nil is nobody to tell. The error is
// the context's cause where that ends first.
func Wait(ctx context.Context, file *os.File, waiting func()) error {
	for told := false; ; told = true {
		err := Try(file)
		if !errors.Is(err, ErrHeld) {
			return err
		}
		if !told && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(poll):
		}
	}
}

// Held says whether some open file has the lock of the file, which must exist.
// It asks with a shared lock for an instant.
func Held(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	err = take(file, syscall.LOCK_SH)
	if errors.Is(err, ErrHeld) {
		return true, nil
	}
	return false, err
}

// At says whether a path still leads to the open file. A lock on one that was
// renamed or removed excludes nobody.
func At(file *os.File, path string) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(ours, there)
}

func take(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return ErrHeld
		case !errors.Is(err, syscall.EINTR):
			return fmt.Errorf("locking %q: %w", file.Name(), err)
		}
	}
}
