package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// layoutTurn is how often a build looks whether another is done with a layout's
// index.
const layoutTurn = 20 * time.Millisecond

// lock takes the layout's index for this build. The lock is on the directory
// itself, so that it leaves no file in it, and ends with unlock or with the
// process. Where the file system has no such locks there is none.
func (d layoutDir) lock(ctx context.Context) (unlock func(), err error) {
	dir, err := os.Open(d.dir)
	if err != nil {
		return nil, fmt.Errorf("locking the layout: %w", err)
	}
	for {
		err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return func() { dir.Close() }, nil
		}
		select {
		case <-ctx.Done():
			dir.Close()
			return nil, context.Cause(ctx)
		case <-time.After(layoutTurn):
		}
	}
}
