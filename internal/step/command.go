package step

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"gantline.dev/gantline/internal/wire"
)

// defaultPath is searched where the environment has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// command is a process ready to be started.
type command struct {
	program string // the file to execute
	args    []string
	env     []string
}

// startError is a process that could not be started, with its exit code.
type startError struct {
	code int
	err  error
}

func (e *startError) Error() string { return e.err.Error() }
func (e *startError) Unwrap() error { return e.err }

func notStarted(err error) result {
	ended := result{code: exitShim, cause: wire.CauseStart, message: err.Error()}
	var failed *startError
	if errors.As(err, &failed) {
		ended.code = failed.code
	}
	return ended
}

// newCommand resolves everything that the spec refers to.
func newCommand(spec wire.Spec, env []string, outputsDir string) (command, error) {
	inputs, env := splitInputs(env)
	var cmd command
	for _, variable := range spec.Env {
		value, err := variable.Value.Resolve(inputs)
		if err != nil {
			return cmd, fmt.Errorf("setting variable %q: %w", variable.Name, err)
		}
		env = setVar(env, variable.Name, value)
	}
	cmd.env = setVar(env, wire.OutputsVar, outputsDir)
	if len(spec.Script) > 0 {
		cmd.args = slices.Concat(spec.Shell, []string{"-c", strings.Join(spec.Script, "\n")})
	}
	for i, arg := range spec.Args {
		text, err := arg.Resolve(inputs)
		if err != nil {
			return cmd, fmt.Errorf("making argument %d: %w", i, err)
		}
		cmd.args = append(cmd.args, text)
	}
	if err := cmd.check(); err != nil {
		return cmd, err
	}
	var err error
	cmd.program, err = findProgram(cmd.args[0], cmd.env, len(spec.Script) > 0)
	return cmd, err
}

// check refuses what no system can pass to a process, and says which it is;
// the kernel's own error would not.
func (c command) check() error {
	for i, arg := range c.args {
		if err := passable(arg); err != nil {
			return fmt.Errorf("making argument %d: %w", i, err)
		}
	}
	for _, assignment := range c.env {
		if err := passable(assignment); err != nil {
			name, _, _ := strings.Cut(assignment, "=")
			return fmt.Errorf("setting variable %q: %w", name, err)
		}
	}
	return nil
}

func passable(text string) error {
	if strings.Contains(text, "\x00") {
		return errors.New("it holds a NUL character, which no process can be given; pass it in a file")
	}
	if len(text) > wire.MaxArgBytes {
		return fmt.Errorf("it has %d bytes, and a process takes at most %d at once; pass it in a file", len(text), wire.MaxArgBytes)
	}
	return nil
}

// splitInputs takes the inputs out of the environment.
func splitInputs(env []string) (wire.Lookup, []string) {
	inputs := map[string]string{}
	var rest []string
	for _, assignment := range env {
		name, value, _ := strings.Cut(assignment, "=")
		if key, ok := strings.CutPrefix(name, wire.InputPrefix); ok {
			inputs[key] = value
		} else {
			rest = append(rest, assignment)
		}
	}
	lookup := func(key string) (string, bool) {
		value, ok := inputs[key]
		return value, ok
	}
	return lookup, rest
}

func setVar(env []string, name, value string) []string {
	kept := slices.DeleteFunc(slices.Clone(env), func(a string) bool { return strings.HasPrefix(a, name+"=") })
	return append(kept, name+"="+value)
}

func getVar(env []string, name string) (string, bool) {
	for _, assignment := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(assignment, name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// findProgram looks a program up in the PATH that the process itself will
// have.
func findProgram(name string, env []string, isShell bool) (string, error) {
	if name == "" {
		return "", &startError{exitMissing, errors.New("the program's name is empty")}
	}
	candidates := []string{name}
	if !strings.Contains(name, "/") {
		path, ok := getVar(env, "PATH")
		if !ok {
			path = defaultPath
		}
		candidates = nil
		for _, dir := range filepath.SplitList(path) {
			candidates = append(candidates, filepath.Join(dir, name))
		}
	}
	unrunnable := ""
	for _, file := range candidates {
		info, err := os.Stat(file)
		switch {
		case err != nil && !errors.Is(err, fs.ErrPermission):
		case err == nil && info.Mode().IsRegular() && unix.Access(file, unix.X_OK) == nil:
			return absolute(file), nil
		case unrunnable == "":
			unrunnable = file
		}
	}
	return "", cantFind(name, unrunnable, isShell)
}

// absolute makes a relative PATH entry's program one that execve finds
// whatever its name holds.
func absolute(file string) string {
	if strings.Contains(file, "/") {
		return file
	}
	return "./" + file
}

func cantFind(name, unrunnable string, isShell bool) error {
	switch {
	case unrunnable != "":
		return &startError{exitUnrunnable, fmt.Errorf("%q is no program that this step's user may execute", unrunnable)}
	case isShell:
		return &startError{exitMissing, fmt.Errorf("this image has no %q; set `shell:`", name)}
	}
	return &startError{exitMissing, fmt.Errorf("this image has no program %q", name)}
}
