package sandbox

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Reap waits, as the first process of a PID namespace must, for every process
// that ends in it, until the main one does; how that ended is the error, nil
// for exit status 0. When the first process returns from main after that, the
// kernel kills all others.
func Reap(main *os.Process) error {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("waiting for the node's processes: %w", err)
		case pid == main.Pid && status.Signaled():
			return fmt.Errorf("the node's supervisor was killed: %s", status.Signal())
		case pid == main.Pid && status.ExitStatus() != 0:
			return fmt.Errorf("the node's supervisor ended with status %d", status.ExitStatus())
		case pid == main.Pid:
			return nil
		}
	}
}
