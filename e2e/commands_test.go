package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

type scriptCommand = func(ts *testscript.TestScript, neg bool, args []string)

// commands are what cases have beside testscript's own; doc.go lists them.
func (w *workshop) commands() map[string]scriptCommand {
	return map[string]scriptCommand{
		"project":     w.project,
		"commit":      commit,
		"exitcode":    exitcode,
		"started":     w.started,
		"finished":    w.finished,
		"audit":       w.audit,
		"credentials": w.credentials,
		"cut":         cut,
	}
}

// usage fails a case whose command is written wrong.
func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

func (w *workshop) project(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "project DIR")
	dir := ts.MkAbs(args[0])
	ts.Check(ts.Exec("git", "clone", "-q", w.example, dir))
	ts.Check(ts.Chdir(dir))
	ts.Check(ts.Exec("git", "remote", "remove", "origin"))
	// The example's only target stands at the end of its gantline.yaml, before
	// the line of the registry.
	text, registry, ok := strings.Cut(ts.ReadFile("gantline.yaml"), "  targets:\n    rendered: {git: gantline-rendered}\n")
	if !ok {
		ts.Fatalf("the example's gantline.yaml has other targets than it had")
	}
	ts.Check(writeFile(ts.MkAbs("gantline.yaml"), text+targets(stateOf(ts).namespace)+registry))
	commit(ts, false, []string{"Deploy to the test cluster"})
}

func commit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "commit MESSAGE")
	ts.Check(ts.Exec("git", "add", "-A"))
	ts.Check(ts.Exec("git", "commit", "-q", "-m", args[0]))
}

func exitcode(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "exitcode N COMMAND [ARG...]")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, not %d", got, want)
	}
}

func (w *workshop) audit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1 && (args[0] == "mark" || args[0] == "writes"), "audit mark|writes")
	state := stateOf(ts)
	if args[0] == "mark" {
		size, err := w.cluster.auditSize()
		ts.Check(err)
		state.mark = size
		return
	}
	writes, err := w.cluster.auditWrites(state.namespace, state.mark)
	ts.Check(err)
	// Stdout is asked for even where there is nothing to say: what the command
	// before wrote would stay otherwise.
	_, err = fmt.Fprint(ts.Stdout(), strings.Join(append(writes, ""), "\n"))
	ts.Check(err)
}

func (w *workshop) credentials(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "credentials garbage|expired|executor")
	state := stateOf(ts)
	var token string
	var err error
	switch args[0] {
	case "garbage":
		token = "no-token"
	case "expired":
		token, err = w.cluster.expiredToken(state.namespace, "gantline-deploy")
	case "executor":
		token, err = w.cluster.token(state.namespace, "gantline-executor")
	default:
		usage(ts, false, "credentials garbage|expired|executor")
	}
	ts.Check(err)
	for context := range state.login.Tokens {
		state.login.Tokens[context] = token
	}
	ts.Check(state.login.write(state.kubeconfig))
}

func cut(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "cut N|heal")
	state := stateOf(ts)
	if args[0] == "heal" {
		ts.Check(state.login.write(state.kubeconfig))
		return
	}
	writes, err := strconv.Atoi(args[0])
	ts.Check(err)
	state.close()
	state.cut, err = newCutter(state.login, writes)
	ts.Check(err)
	ts.Check(state.cut.login.write(state.kubeconfig))
}
