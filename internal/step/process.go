package step

import (
	"errors"
	"fmt"
	"os"
	ossignal "os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gantline.dev/gantline/internal/wire"
)

// signal is what arrives at the shim or kills a process.
type signal = syscall.Signal

// process is the step's process, leader of its own process group.
type process struct {
	pid  int
	done <-chan syscall.WaitStatus
}

// listen collects the signals that are handed on to the step's process. It
// starts before the process does, so that none is lost.
func listen() <-chan signal {
	// SIGPIPE is caught so that a closed standard error does not end the
	// shim; caught, not ignored, because the process would inherit that.
	ossignal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	arriving := make(chan os.Signal, 64)
	ossignal.Notify(arriving, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM,
		unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGCONT, unix.SIGWINCH)
	out := make(chan signal)
	go func() {
		for s := range arriving {
			if number, ok := s.(signal); ok {
				out <- number
			}
		}
	}()
	return out
}

// start runs the command. From then on every child of the shim is reaped,
// adopted orphans included: the shim is PID 1 of a container, or takes that
// part for its descendants.
//
// os/exec waits for its own child only, and a reaper of everybody would take
// that child's status from it. So the process is made a level below.
func start(cmd command, host Host) (*process, error) {
	// Fails only where the kernel has no such thing; PID 1 doesn't need it.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	pid, err := syscall.ForkExec(cmd.program, cmd.args, &syscall.ProcAttr{
		Env:   cmd.env,
		Files: []uintptr{host.Stdin.Fd(), host.Stdout.Fd(), host.Stderr.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		return nil, cantStart(cmd.program, err)
	}
	done := make(chan syscall.WaitStatus, 1)
	go reap(pid, done)
	return &process{pid, done}, nil
}

func cantStart(program string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, unix.ENOENT):
		hint = "; the interpreter or loader that it names is not in this image"
	case errors.Is(err, unix.ENOEXEC):
		hint = "; it is built for another architecture, or a script without a #! line"
	case errors.Is(err, unix.E2BIG):
		hint = "; arguments and variables are too many, pass them in files"
	}
	return &startError{exitUnrunnable, fmt.Errorf("starting %q: %w%s", program, err, hint)}
}

// reap takes the status of every child that ends, and sends the step's.
func reap(pid int, done chan<- syscall.WaitStatus) {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil: // no child is left
			return
		case ended == pid:
			done <- status
		}
	}
}

// signal reaches the whole group. That nobody is left in it is no error.
func (p *process) signal(s signal) { _ = unix.Kill(-p.pid, s) }

// supervise waits for the process's end. When timeout (0: for ever) has
// passed, the group gets SIGTERM, and after grace SIGKILL.
func supervise(p *process, signals <-chan signal, timeout, grace time.Duration) result {
	var deadline, killing <-chan time.Time
	if timeout > 0 {
		deadline = time.After(timeout)
	}
	var stop signal
	for {
		select {
		case s := <-signals:
			if asksToStop(s) {
				stop = s
			}
			p.signal(s)
		case <-deadline:
			p.signal(unix.SIGTERM)
			p.signal(unix.SIGCONT) // a stopped process could not react
			killing = time.After(grace)
		case <-killing:
			p.signal(unix.SIGKILL)
		case status := <-p.done:
			p.signal(unix.SIGKILL) // what it left behind
			if killing != nil {
				return result{code: exitTimeout, cause: wire.CauseTimeout,
					message: fmt.Sprintf("the running time of %v passed", timeout)}
			}
			return judge(status, stop)
		}
	}
}

func asksToStop(s signal) bool {
	return slices.Contains([]signal{unix.SIGTERM, unix.SIGINT, unix.SIGQUIT, unix.SIGHUP}, s)
}

// judge tells the causes apart that the package comment lists. stop is the
// signal that asked the shim to stop, 0 for none.
func judge(status syscall.WaitStatus, stop signal) result {
	code, how := status.ExitStatus(), ""
	if status.Signaled() {
		code = 128 + int(status.Signal())
		how = ": killed by " + unix.SignalName(status.Signal())
	}
	switch {
	case code == 0:
		return result{}
	case stop != 0:
		return result{code: code, cause: wire.CauseSignal,
			message: fmt.Sprintf("stopped by %s from outside, exit code %d%s", unix.SignalName(stop), code, how)}
	case status.Signaled() && !isOwnFault(status.Signal()):
		return result{code: code, cause: wire.CauseSignal, message: fmt.Sprintf("exit code %d%s from outside", code, how)}
	}
	return result{code: code, cause: wire.CauseError, message: fmt.Sprintf("the program ended with exit code %d%s", code, how)}
}

// isOwnFault says that a signal comes from what the program did.
func isOwnFault(s signal) bool {
	return slices.Contains([]signal{unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGABRT,
		unix.SIGSYS, unix.SIGTRAP, unix.SIGPIPE, unix.SIGXFSZ, unix.SIGXCPU}, s)
}
