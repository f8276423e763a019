package cluster

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// errLocked means that the cluster's daemon, or another start of it, is alive.
var errLocked = errors.New("the cluster is running")

// lock takes the cluster's lock, which lasts until the last process that
// inherited the file has closed it. It makes the cluster's folder.
func (f Folder) lock() (*os.File, error) {
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return nil, fmt.Errorf("making the cluster's folder: %w", err)
	}
	file, err := os.OpenFile(f.join(lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the cluster: %w", err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errLocked
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("locking the cluster: %w", err)
	}
	return file, nil
}

// alive says whether someone holds the lock.
func (f Folder) alive() (bool, error) {
	if _, err := os.Stat(f.join(lockName)); err != nil {
		return false, nil // never started
	}
	file, err := f.lock()
	if errors.Is(err, errLocked) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, file.Close()
}
