//go:build !linux

package builder

import "os/exec"

// isolated is the command of a program. BuildKit builds on Linux only, so that
// nothing needs isolating elsewhere.
func isolated(program string, args ...string) *exec.Cmd { return exec.Command(program, args...) }
