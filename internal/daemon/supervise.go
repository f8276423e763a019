package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Supervise runs a program as a part of this daemon and returns when it has
// ended. When the context is done, the program gets SIGTERM, and after the
// grace period it and its process group get SIGKILL. A program that ends by
// itself is an error, also with status 0. Where the daemon itself is killed,
// the kernel kills the program with it (on Linux).
//
// Output that the command leaves unset goes to the daemon's own: its log.
func Supervise(ctx context.Context, cmd *exec.Cmd, grace time.Duration) error {
	name := filepath.Base(cmd.Path)
	if cmd.Stdout == nil {
		cmd.Stdout = os.Stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	dieWithParent(cmd.SysProcAttr)

	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// The kernel counts the starting thread as the parent.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("starting %q: %w", name, err)
	}
	select {
	case err := <-ended:
		if err == nil {
			err = errors.New("it left by itself")
		}
		return fmt.Errorf("running %q: %w", name, err)
	case <-ctx.Done():
		end(cmd.Process.Pid, grace, ended)
		return nil
	}
}

// end asks the process to leave, and kills its group where it does not in time
// or leaves children behind.
func end(pid int, grace time.Duration, ended <-chan error) {
	_ = terminate(pid)
	select {
	case <-ended: //nolint:errcheck // it was told to end; how it did tells nothing
	case <-time.After(grace):
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		<-ended //nolint:errcheck // killed
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

// terminate sends SIGTERM. A process that is gone already is no error.
func terminate(pid int) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}
