// Package sandbox makes the surroundings of a test cluster's node: a process
// in PID, mount, network, UTS, IPC and cgroup namespaces of its own, as a
// container is, but with the machine's files. The machine's network, mounts
// and settings stay as they are, and killing the one process takes everything
// away but empty cgroups.
//
// Outside, [NewCgroups] and [Start] make the node and [Join] reaches into its
// network. Inside, the node's first process calls [Setup].
package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Start runs this same program with the arguments as the first process of new
// namespaces and in the cgroups, its output going to log. The files are its
// descriptors from 3 on.
//
// The process is killed when the calling thread ends, so the caller must have
// locked its goroutine to its thread, and stay.
func Start(cgroups Cgroups, log *os.File, files []*os.File, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = files
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWCGROUP,
		Pdeathsig: syscall.SIGKILL,
		Setsid:    true,
	}
	// A cgroup namespace's root is the cgroup that its maker is in.
	if err := cgroups.Enter(); err != nil {
		return nil, err
	}
	err := cmd.Start()
	if leaving := cgroups.Leave(); leaving != nil && err == nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, leaving
	}
	if err != nil {
		return nil, fmt.Errorf("starting the node in namespaces of its own: %w", err)
	}
	return cmd, nil
}
