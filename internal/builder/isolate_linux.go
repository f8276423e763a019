package builder

import (
	"os/exec"
	"syscall"
)

// isolated is the command of a program in process and mount namespaces of its
// own. Steps are children of children of buildkitd, and buildkitd mounts their
// file systems: when it is killed, however that comes, the kernel ends all of
// them with it and takes the mounts away. Nothing is left for the next one to
// trip over.
func isolated(program string, args ...string) *exec.Cmd {
	// The program becomes the namespace's first process, which needs a /proc
	// that shows this namespace.
	script := `mount -t proc proc /proc && exec "$@"`
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh", program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWPID,
		Unshareflags: syscall.CLONE_NEWNS, // Go makes its mounts private
	}
	return cmd
}
