package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// patience is how long a daemon may take to end by itself.
const patience = 20 * time.Second

// Down ends a cluster and removes what it kept but for its logs; false says
// that it was not running. When it returns nothing of the cluster is left on
// the machine.
func Down(ctx context.Context, f Folder) (bool, error) {
	if _, err := os.Stat(f.join(lockName)); err != nil {
		return false, nil // never started
	}
	running, err := f.alive()
	if err != nil {
		return false, err
	}
	state, err := f.load()
	if err != nil && running {
		return true, err
	}
	lock, err := f.lock()
	if errors.Is(err, errLocked) {
		lock, err = f.end(ctx, state.PID)
	}
	if err != nil {
		return running, err
	}
	defer lock.Close()
	if err := state.Cgroups.Remove(); err != nil {
		return running, err
	}
	return running, f.clear(true)
}

// end asks the daemon to end, makes it if need be, and takes its lock.
func (f Folder) end(ctx context.Context, pid int) (*os.File, error) {
	if pid == 0 {
		return nil, fmt.Errorf("cluster %q is only just being started: try again in a moment", f.Name())
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return nil, fmt.Errorf("ending the cluster's daemon: %w", err)
	}
	asked := time.Now()
	for killed := false; ; time.Sleep(20 * time.Millisecond) {
		lock, err := f.lock()
		switch {
		case !errors.Is(err, errLocked):
			return lock, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !killed && time.Since(asked) > patience:
			killed = true
			_ = syscall.Kill(pid, syscall.SIGKILL) // the lock tells whether it worked
		case time.Since(asked) > 2*patience:
			return nil, fmt.Errorf("the daemon of cluster %q, process %d, does not end", f.Name(), pid)
		}
	}
}
