//go:build unix && !linux

package daemon

import "syscall"

// holdsOpen can't be told here; the lock and the info file are believed.
func holdsOpen(int, string) bool { return true }

// closeInheritedOnExec does nothing: the open files can't be listed here.
func closeInheritedOnExec() {}

// dieWithParent does nothing: there is no such signal here, and a supervised
// program outlives a daemon that is killed.
func dieWithParent(*syscall.SysProcAttr) {}
