package daemon

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// flock is a lock on a file that ends with the process at the latest.
type flock struct{ file *os.File }

// tryLock takes the lock of the file, making the file where it is missing.
// ErrLocked says that another open file holds it.
func tryLock(path string) (*flock, error) {
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("opening the lock: %w", err)
		}
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if errors.Is(err, syscall.EINTR) {
			file.Close()
			continue
		}
		if errors.Is(err, syscall.EWOULDBLOCK) {
			file.Close()
			return nil, ErrLocked
		}
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("locking %q: %w", path, err)
		}
		lock := &flock{file}
		if lock.isAt(path) {
			return lock, nil
		}
		// The file was removed between opening and locking: a lock on it
		// would exclude nobody.
		lock.release()
	}
}

// isAt says whether the locked file is still the one at the path.
func (l *flock) isAt(path string) bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(ours, there)
}

// release frees the lock.
func (l *flock) release() { l.file.Close() }

// isLocked says whether a process holds the lock of the file, which must exist.
// It asks with a shared lock for an instant, which a daemon that is just taking
// the lock waits out (see takeLock).
func isLocked(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking for the lock %q: %w", path, err)
	}
	return false, nil
}
