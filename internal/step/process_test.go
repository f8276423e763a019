package step_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/internal/wire"
)

func TestSignalsReachTheProcess(t *testing.T) {
	for name, number := range map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT,
		"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
	} {
		t.Run(name, func(t *testing.T) {
			r := newShim(t, script("trap 'echo "+name+"; exit 7' "+name, "touch ready", "while :; do sleep 0.02; done")).start()
			r.await("ready")
			r.signal(number)
			e := r.wait()
			cause := wire.CauseSignal
			if strings.HasPrefix(name, "USR") {
				cause = wire.CauseError
			}
			e.want(t, 7, cause)
			if e.stdout != name+"\n" {
				t.Errorf("printed %q", e.stdout)
			}
		})
	}
}

func TestStoppedFromOutside(t *testing.T) {
	r := newShim(t, script("touch ready; exec sleep 60")).start()
	r.await("ready")
	r.signal(syscall.SIGTERM)
	r.wait().want(t, 143, wire.CauseSignal, "stopped by SIGTERM from outside, exit code 143")
}

func TestStopThatEndsWell(t *testing.T) {
	spec := script("trap 'echo 1 > $GANTLINE_OUTPUTS/n; exit 0' TERM", "touch ready", "while :; do sleep 0.02; done")
	spec.Outputs = []wire.Output{{Name: "n", Type: "int"}}
	r := newShim(t, spec).start()
	r.await("ready")
	r.signal(syscall.SIGTERM)
	r.wait().want(t, 0, "")
}

func TestSignalsReachGrandchildren(t *testing.T) {
	inner := `trap "touch inner; exit 0" TERM; touch ready; while :; do sleep 0.02; done`
	r := newShim(t, script("trap 'wait; exit 5' TERM", "bash -c '"+inner+"' &", "wait")).start()
	r.await("ready")
	r.signal(syscall.SIGTERM)
	r.wait().want(t, 5, wire.CauseSignal)
	r.await("inner")
}

func TestDeadline(t *testing.T) {
	tests := []struct {
		name, script string
	}{
		{"ends on SIGTERM", "exec sleep 60"},
		{"ends well on SIGTERM", "trap 'exit 0' TERM; while :; do sleep 0.02; done"},
		{"ignores SIGTERM", "trap '' TERM; while :; do sleep 0.02; done"},
		{"is stopped", "kill -STOP $$"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := script("echo $$ > pid", tt.script)
			spec.Timeout, spec.Grace = "300ms", "200ms"
			s := newShim(t, spec)
			began := time.Now()
			s.run().want(t, 124, wire.CauseTimeout, "the running time of 300ms passed")
			if took := time.Since(began); took < 300*time.Millisecond || took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			gone(t, s.read("pid"))
		})
	}
}

func TestDeadlineThatIsNotReached(t *testing.T) {
	spec := script("true")
	spec.Timeout = "1h"
	newShim(t, spec).run().want(t, 0, "")
}

func TestDeadlineKillsGrandchildren(t *testing.T) {
	spec := script("trap '' TERM", "bash -c 'echo $$ > pid; while :; do sleep 0.02; done' &", "while :; do sleep 0.02; done")
	spec.Timeout, spec.Grace = "400ms", "100ms"
	s := newShim(t, spec)
	s.run().want(t, 124, wire.CauseTimeout)
	gone(t, s.read("pid"))
}

func TestNothingIsLeftBehind(t *testing.T) {
	s := newShim(t, script("sleep 60 > /dev/null 2>&1 & echo $! > pid"))
	began := time.Now()
	s.run().want(t, 0, "")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	gone(t, s.read("pid"))
}

func TestOrphansAreReaped(t *testing.T) {
	// Each subshell ends at once, and its sleep is handed to the shim.
	orphan := "( setsid sleep 0.05 & )"
	r := newShim(t, script(orphan, orphan, orphan, "touch ready", "until [ -e go ]; do sleep 0.02; done")).start()
	r.await("ready")
	until(t, "one child of the shim", func() bool { return len(childrenOf(t, r.cmd.Process.Pid)) == 1 })
	if err := os.WriteFile(r.file("go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r.wait().want(t, 0, "")
}

func TestClosedStandardErrorEndsNothing(t *testing.T) {
	s := newShim(t, script("sleep 0.1; exit 7"))
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.command()
	cmd.Stderr = write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := read.Close(); err != nil {
		t.Fatal(err)
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 7 {
		t.Errorf("ended with %v", err)
	}
}

func TestSignalsHaveTheirDefaultsInTheProcess(t *testing.T) {
	e := newShim(t, script("grep -E 'Sig(Blk|Ign)' /proc/self/status")).run()
	e.want(t, 0, "")
	// glibc starts children with its own two signals (32 and 33) ignored: so
	// does make, and whoever runs below it inherits that.
	const ofGlibc = 1<<31 | 1<<32
	masks := regexp.MustCompile(`\t([0-9a-f]{16})`).FindAllStringSubmatch(e.stdout, -1)
	if len(masks) != 2 {
		t.Fatalf("no masks in %q", e.stdout)
	}
	for _, mask := range masks {
		if bits, err := strconv.ParseUint(mask[1], 16, 64); err != nil || bits&^ofGlibc != 0 {
			t.Errorf("the process starts with signals blocked or ignored (%v):\n%s", err, e.stdout)
		}
	}
}

// gone waits for a process to be no more.
func gone(t *testing.T, pid string) {
	t.Helper()
	number, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the end of process "+pid, func() bool {
		fields := stat(number)
		return fields == nil || fields[0] == "Z" // killed; its parent is another one
	})
}

// stat is a process's state, parent and so on; nil when there is no such.
func stat(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// childrenOf are the processes, zombies included, whose parent is pid.
func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, entry := range entries {
		child, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if fields := stat(child); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			children = append(children, child)
		}
	}
	return children
}
