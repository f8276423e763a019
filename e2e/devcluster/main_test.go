package main

import (
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestMain lets the test's own program be devcluster, which runs itself as
// daemon and in the node.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, beDevcluster) || len(os.Args) > 1 && os.Args[1][0] == '_' {
		os.Args = slices.DeleteFunc(os.Args, func(arg string) bool { return arg == beDevcluster })
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const beDevcluster = "be-devcluster"

// devcluster is a command line of this program.
func devcluster(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", append([]string{beDevcluster}, args...)...)
	cmd.Stderr = os.Stderr
	return cmd
}
