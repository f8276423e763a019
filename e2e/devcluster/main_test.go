package main

import (
	"errors"
	"io"
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

func TestCallError(t *testing.T) {
	for _, args := range [][]string{{"upp"}, {"up", "--slrum"}, {"--slrum"}} {
		root := command(io.Discard, io.Discard)
		root.SetArgs(args)
		var call callError
		if err := root.ExecuteContext(t.Context()); !errors.As(err, &call) {
			t.Errorf("devcluster %q ends with %v, want a callError", args, err)
		}
	}
}
