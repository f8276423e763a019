package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// killDelay is how long a cancelled git may take to remove its lock files
// before it is killed.
const killDelay = 2 * time.Second

// settings are given to every git process. They turn off what a user's or a
// repository's configuration could make git run or leave out.
func settings() []string {
	return []string{
		"core.hooksPath=/dev/null", // no hook runs: ours may be what called us
		"core.fsmonitor=false",     // may name a program, or start a daemon
		"core.splitIndex=false",
		"gc.auto=0",
		"maintenance.auto=false",
		"diff.orderFile=/dev/null",
		"log.showSignature=false",
		"log.follow=false",
		"submodule.recurse=false",
		"advice.detachedHead=false",
	}
}

// dropped says whether a variable of the environment would point git at
// another repository or change what it prints. Hooks, for one, set GIT_DIR.
func dropped(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	switch name {
	case "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH",
		"GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_NAMESPACE", "GIT_REPLACE_REF_BASE",
		"GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_INTERNAL_SUPER_PREFIX",
		"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
		"GIT_ALLOW_PROTOCOL", "LC_ALL", "LANGUAGE":
		return true
	}
	return false
}

// invocation is one git process to be.
type invocation struct {
	dir     string
	env     []string  // added to the environment
	network bool      // may reach a remote
	asSet   bool      // answers from the user's configuration; runs nothing
	in      io.Reader // standard input; nil is empty
	args    []string  // the subcommand and its arguments
}

// name is the subcommand, for messages.
func (inv invocation) name() string {
	args := inv.args
	for len(args) > 2 && args[0] == "-c" {
		args = args[2:]
	}
	return args[0]
}

// noFile is a path that no file can have.
const noFile = os.DevNull + "/none"

// command prepares the process: quiet, in English, without prompts, hooks or
// network, and stopped when ctx ends.
func command(ctx context.Context, inv invocation) *exec.Cmd {
	args := make([]string, 0, 3*len(settings()))
	if !inv.asSet {
		for _, s := range settings() {
			args = append(args, "-c", s)
		}
	}
	args = append(args, "--no-pager")
	cmd := exec.CommandContext(ctx, "git", append(args, inv.args...)...)
	cmd.Dir = inv.dir
	cmd.Stdin = inv.in
	cmd.Env = append(slices.DeleteFunc(cmd.Environ(), dropped),
		"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
		// A commit is what its objects say, on every machine.
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE="+noFile)
	if !inv.network {
		// GIT_NO_LAZY_FETCH is newer than 2.39. Allowing no protocol makes the
		// fetch that a missing object would start fail at once.
		cmd.Env = append(cmd.Env, "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=")
	}
	cmd.Env = append(cmd.Env, inv.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = killDelay
	return cmd
}

// output runs the process and returns what it printed.
func output(ctx context.Context, inv invocation) ([]byte, error) {
	cmd := command(ctx, inv)
	var stdout bytes.Buffer
	var stderr tail
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.Bytes(), failure(ctx, inv.name(), &stderr, err)
	}
	return stdout.Bytes(), nil
}

// failure turns the error of a process into one that says why.
func failure(ctx context.Context, name string, stderr *tail, err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return ErrGitMissing
	}
	if ctx.Err() != nil {
		return &GitError{Command: name, Code: -1, Err: context.Cause(ctx)}
	}
	code := -1
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	return &GitError{Command: name, Code: code, Stderr: Redact(stderr.String()), Err: err}
}

// exitCode is the status that a failed git process left with, -1 where the
// error is another one.
func exitCode(err error) int {
	var failed *GitError
	if errors.As(err, &failed) {
		return failed.Code
	}
	return -1
}

// tailBytes is how much of stderr is kept for an error's text.
const tailBytes = 4096

// tail is a writer that keeps the end of what is written.
type tail struct{ buf []byte }

// Write implements io.Writer; it never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.buf = append(t.buf, p...)
	if extra := len(t.buf) - tailBytes; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(p), nil
}

// String is the text without git's own prefixes and blank space around it.
func (t *tail) String() string {
	lines := strings.Split(strings.TrimSpace(string(t.buf)), "\n")
	for i, line := range lines {
		line = strings.TrimPrefix(line, "fatal: ")
		lines[i] = strings.TrimPrefix(line, "error: ")
	}
	return strings.Join(lines, "\n")
}
