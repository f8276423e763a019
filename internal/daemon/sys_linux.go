package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// holdsOpen says whether the process has the file open. A process id alone may
// belong to somebody else by now, or to another container.
func holdsOpen(pid int, path string) bool {
	want, err := os.Stat(path)
	if err != nil {
		return false
	}
	open, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		return false
	}
	for _, link := range open {
		if have, err := os.Stat(link); err == nil && os.SameFile(want, have) {
			return true
		}
	}
	return false
}

// closeInheritedOnExec keeps files that this process was itself given by its
// parent (Go opens its own so already) from the children. Without it a daemon
// that is started under flock(1) or from a script's "exec 9>lock" would hold
// the script's lock for as long as it lives.
func closeInheritedOnExec() {
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, entry := range open {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

// dieWithParent has the kernel kill the child when the thread that starts it
// ends; the caller keeps that thread.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
