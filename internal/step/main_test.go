package step_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/internal/wire"
)

// The tests run the binary as images hold it; TestMain builds it. The test
// binary itself serves as a program that prints what it was given.
const (
	binaryVar = "STEP_TEST_BINARY"
	printArgs = "print-args"
	printVar  = "print-var"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == printArgs || os.Args[1] == printVar) {
		os.Exit(printBack(os.Args[1], os.Args[2:]))
	}
	dir, err := os.MkdirTemp("", "gantline-step-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary := filepath.Join(dir, "gantline-step")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", binary, "../../cmd/gantline-step")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	code := 1
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building gantline-step: %v\n%s", err, out)
	} else if err := os.Setenv(binaryVar, binary); err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// printBack writes its arguments, or the variable that the first one names,
// as a JSON list to standard output.
func printBack(what string, args []string) int {
	if what == printVar {
		args = []string{os.Getenv(args[0])}
	}
	text, err := json.Marshal(args)
	if err != nil {
		return 1
	}
	_, _ = os.Stdout.Write(text)
	return 0
}

// shim is one gantline-step to be run.
type shim struct {
	t    *testing.T
	dir  string
	spec wire.Spec
	env  []string
}

func newShim(t *testing.T, spec wire.Spec) *shim {
	t.Helper()
	if spec.Step == "" {
		spec.Flow, spec.Step = "flow", "step"
	}
	s := &shim{t: t, dir: t.TempDir(), spec: spec, env: []string{"PATH=" + os.Getenv("PATH")}}
	if err := os.WriteFile(s.file("log"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	return s
}

func script(lines ...string) wire.Spec {
	return wire.Spec{Shell: []string{"bash", "-eo", "pipefail"}, Script: lines}
}

func (s *shim) file(name string) string { return filepath.Join(s.dir, name) }

func (s *shim) read(name string) string {
	s.t.Helper()
	content, err := os.ReadFile(s.file(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(content)
}

func (s *shim) command() *exec.Cmd {
	s.t.Helper()
	encoded, err := wire.Encode(s.spec)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(os.Getenv(binaryVar), "exec", "--run-dir", s.dir, "--termination-log", s.file("log"), encoded)
	cmd.Env, cmd.Dir = s.env, s.dir
	return cmd
}

// run runs the shim to its end.
func (s *shim) run() ended {
	s.t.Helper()
	return s.start().wait()
}

// running is a shim that was started.
type running struct {
	*shim
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
}

func (s *shim) start() *running {
	s.t.Helper()
	r := &running{shim: s, cmd: s.command()}
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (r *running) wait() ended {
	r.t.Helper()
	err := r.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	e := ended{code: r.cmd.ProcessState.ExitCode(), stdout: r.stdout.String(), stderr: r.stderr.String(), log: r.read("log")}
	for line := range strings.Lines(e.stderr) {
		var parsed map[string]any
		if json.Unmarshal([]byte(line), &parsed) == nil {
			e.events = append(e.events, parsed)
		}
	}
	return e
}

// await polls until the step's process made a file.
func (r *running) await(name string) {
	r.t.Helper()
	until(r.t, "file "+name, func() bool {
		_, err := os.Stat(r.file(name))
		return err == nil
	})
}

func (r *running) signal(s syscall.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// until polls for what must become true within ten seconds.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waiting for %s: it did not come", what)
		}
	}
}

// ended is how a shim ended.
type ended struct {
	code                int
	stdout, stderr, log string
	events              []map[string]any
}

// want checks the exit code and the termination log's cause; an empty cause
// is a log without a word.
func (e ended) want(t *testing.T, code int, cause string, messages ...string) {
	t.Helper()
	if e.code != code {
		t.Errorf("exit code is %d, want %d; standard error:\n%s", e.code, code, e.stderr)
	}
	if cause == "" && e.log != "" || cause != "" && !strings.HasPrefix(e.log, "gantline cause="+cause+": ") {
		t.Errorf("termination log is %q, want cause %q", e.log, cause)
	}
	for _, message := range messages {
		if !strings.Contains(e.log, message) {
			t.Errorf("termination log is %q, want %q in it", e.log, message)
		}
	}
}
