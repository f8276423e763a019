package daemon

import (
	"errors"
	"fmt"
	"os"

	"gantline.dev/gantline/internal/filelock"
)

// tryLock takes the lock of the file, making the file where it is missing. It
// ends when the file is closed, with the process at the latest. ErrLocked says
// that another open file holds it.
func tryLock(path string) (*os.File, error) {
	file, err := filelock.Open(path)
	if errors.Is(err, filelock.ErrHeld) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("taking the lock: %w", err)
	}
	return file, nil
}

// isLocked says whether a process holds the lock of the file, which must exist.
// It asks with a shared lock for an instant, which a daemon that is just taking
// the lock waits out (see takeLock).
func isLocked(path string) (bool, error) {
	held, err := filelock.Held(path)
	if err != nil {
		return false, fmt.Errorf("asking for the lock: %w", err)
	}
	return held, nil
}
