package step_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/wire"
)

// TestAsPID1 runs the shim as the first process of a PID namespace, which has
// no default action for signals and inherits every orphan.
func TestAsPID1(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("needs root for a PID namespace; set GANTLINE_TEST=full")
	}
	spec := script(
		`[ "$PPID" = 1 ] || { echo "the shim is not PID 1 but $PPID"; exit 9; }`,
		"( setsid sleep 0.05 & )", "sleep 0.3",
		`! grep -l "^State:.Z" /proc/[0-9]*/status`,
		"trap 'exit 6' TERM", "kill -TERM 1", "while :; do sleep 0.02; done")
	spec.Timeout = "20s"
	s := newShim(t, spec)
	cmd := s.command()
	cmd.Args = slices.Concat([]string{"unshare", "--pid", "--fork", "--mount-proc"}, cmd.Args)
	cmd.Args[4] = cmd.Path
	var err error
	if cmd.Path, err = exec.LookPath("unshare"); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 6 || !strings.HasPrefix(s.read("log"), "gantline cause="+wire.CauseSignal) {
		t.Errorf("ended with %v, termination log %q and\n%s", err, s.read("log"), out)
	}
}
