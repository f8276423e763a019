package step_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/wire"
)

func TestExitCodes(t *testing.T) {
	tests := []struct {
		name, script, cause string
		code                int
		message             string
	}{
		{"success", "true", "", 0, ""},
		{"error", "exit 3", wire.CauseError, 3, "the program ended with exit code 3"},
		{"a code that a timeout has too", "exit 124", wire.CauseError, 124, ""},
		{"a code that a killed process has too", "exit 137", wire.CauseError, 137, ""},
		{"a code of ours", "exit 65", wire.CauseError, 65, ""},
		{"largest", "exit 255", wire.CauseError, 255, ""},
		{"pipefail", "false | true", wire.CauseError, 1, ""},
		{"killed", "kill -KILL $$", wire.CauseSignal, 137, "killed by SIGKILL from outside"},
		{"segmentation fault", "kill -SEGV $$", wire.CauseError, 139, "killed by SIGSEGV"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			newShim(t, script(tt.script)).run().want(t, tt.code, tt.cause, tt.message)
		})
	}
}

func TestCantStart(t *testing.T) {
	args := func(words ...string) wire.Spec {
		var spec wire.Spec
		for _, word := range words {
			spec.Args = append(spec.Args, wire.Text{{Lit: word}})
		}
		return spec
	}
	tests := []struct {
		name    string
		spec    wire.Spec
		file    string // content of an executable file "program"
		mode    os.FileMode
		code    int
		message string
	}{
		{name: "no shell", spec: wire.Spec{Shell: []string{"fish"}, Script: []string{"x"}}, code: 127,
			message: "this image has no \"fish\"; set `shell:`"},
		{name: "no program", spec: args("torchrun"), code: 127, message: `this image has no program "torchrun"`},
		{name: "empty name", spec: args(""), code: 127, message: "name is empty"},
		{name: "no file", spec: args("./absent"), code: 127, message: `this image has no program "./absent"`},
		{name: "directory", spec: args("/tmp"), code: 126, message: `"/tmp" is no program that this step's user may execute`},
		{name: "not executable", spec: args("./program"), file: "#!/bin/sh\n", mode: 0o644, code: 126, message: "may execute"},
		{name: "no interpreter", spec: args("./program"), file: "#!/nowhere/python\n", mode: 0o755, code: 126, message: "interpreter"},
		{name: "another format", spec: args("./program"), file: "MZ", mode: 0o755, code: 126, message: "architecture"},
		{name: "no volume", spec: wire.Spec{Args: []wire.Text{{{Lit: "true"}}}, Mounts: []string{"/", "/nowhere/volumes/weights"}}, code: 125,
			message: "/nowhere/volumes/weights: no such file or directory; the pod was made without it: the cluster needs image volumes"},
		{name: "no directory", spec: wire.Spec{Args: []wire.Text{{{Lit: "true"}}}, Mounts: []string{"/dev/null"}}, code: 125, message: "/dev/null: it is no directory"},
		{name: "NUL", spec: args("true", "a\x00b"), code: 125, message: "argument 1: it holds a NUL"},
		{name: "absent input", spec: wire.Spec{Args: []wire.Text{{{In: "x"}}}}, code: 125, message: `input "x": no variable GANTLINE_IN_x`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShim(t, tt.spec)
			if tt.file != "" {
				if err := os.WriteFile(s.file("program"), []byte(tt.file), tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			s.run().want(t, tt.code, wire.CauseStart, tt.message)
		})
	}
}

func TestPathOfTheProcessIsSearched(t *testing.T) {
	spec := wire.Spec{Args: []wire.Text{{{Lit: "program"}}}}
	s := newShim(t, spec)
	s.spec.Env = []wire.Var{{Name: "PATH", Value: wire.Text{{Lit: s.dir}}}}
	if err := os.WriteFile(s.file("program"), []byte("#!/bin/sh\necho found\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	e := s.run()
	e.want(t, 0, "")
	if e.stdout != "found\n" {
		t.Errorf("printed %q", e.stdout)
	}
}

func TestWithoutPath(t *testing.T) {
	s := newShim(t, wire.Spec{Args: []wire.Text{{{Lit: "sh"}}, {{Lit: "-c"}}, {{Lit: "exit 3"}}}})
	s.env = nil
	s.run().want(t, 3, wire.CauseError)
}

func TestTooManyArguments(t *testing.T) {
	spec := wire.Spec{Args: []wire.Text{{{Lit: "true"}}}}
	for range 80 { // 10 MB; the kernel takes 6 at most, however large the stack
		spec.Args = append(spec.Args, wire.Text{{In: "v"}})
	}
	s := newShim(t, spec)
	s.env = append(s.env, wire.InputPrefix+"v="+encode(t, strings.Repeat("x", 120<<10)))
	s.run().want(t, 126, wire.CauseStart, "arguments and variables are too many")
}

func TestBadSpec(t *testing.T) {
	s := newShim(t, wire.Spec{})
	s.run().want(t, 125, wire.CauseStart, "exactly one of script and args")
}

func TestNoPlaceForOutputs(t *testing.T) {
	s := newShim(t, script("true"))
	if err := os.WriteFile(s.file("outputs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.run().want(t, 125, wire.CauseStart, "making the directory for outputs", "not a directory")
}

func TestNoTerminationLog(t *testing.T) {
	s := newShim(t, script("exit 3"))
	cmd := s.command()
	if err := os.Remove(s.file("log")); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("ended with %v", err)
	}
	if _, err := os.Stat(s.file("log")); err == nil {
		t.Error("a termination log was made where the kubelet made none")
	}
}

func TestCommandLine(t *testing.T) {
	tests := []struct {
		args   string
		code   int
		output string
	}{
		{"", 2, "no command"},
		{"exec", 2, "exec takes one SPEC, not 0 arguments"},
		{"exec a b", 2, "exec takes one SPEC, not 2 arguments"},
		{"exec --nope a", 2, "flag provided but not defined: -nope"},
		{"slurm", 2, `unknown command line ["slurm"]`},
		{"version", 0, "gantline-step 0."},
		{"help", 0, "gantline-step exec"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			cmd := exec.Command(os.Getenv(binaryVar), strings.Fields(tt.args)...)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != tt.code || !strings.Contains(string(out), tt.output) {
				t.Errorf("ended with %v and\n%s", err, out)
			}
		})
	}
}
