package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the goldens of testdata/golden anew")

type scriptCmd = func(ts *testscript.TestScript, neg bool, args []string)

// commands are what scripts have beside testscript's own.
func commands() map[string]scriptCmd {
	return map[string]scriptCmd{
		"exitcode": exitcode,
		"project":  project,
		"commit":   commit,
		"golden":   golden,
		"document": document,
		"state":    state,
	}
}

// exitcode N COMMAND...: runs it, and wants that exit code.
func exitcode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N COMMAND [ARG...]")
	}
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

// project DIR: makes a repository of testdata/project with its lock, in one
// commit, and goes there.
func project(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: project DIR")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.CopyFS(dir, os.DirFS(filepath.Join(ts.Getenv("SOURCE"), "testdata", "project"))))
	ts.Check(ts.Chdir(dir))
	ts.Check(ts.Exec("git", "init", "-q"))
	ts.Check(ts.Exec("gantline", "lock", "-q"))
	commit(ts, false, []string{"First"})
}

// commit MESSAGE: commits everything in the work tree, a day after the commit
// before it.
func commit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: commit MESSAGE")
	}
	date, err := time.Parse(time.RFC3339, ts.Getenv("GIT_COMMITTER_DATE"))
	ts.Check(err)
	next := date.AddDate(0, 0, 1).Format(time.RFC3339)
	ts.Check(ts.Exec("git", "add", "-A"))
	ts.Check(ts.Exec("git", "commit", "-q", "-m", args[0]))
	for _, name := range []string{"GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", clock} {
		ts.Setenv(name, next)
	}
}

// golden NAME FILE [numbered]: compares a file, stdout or stderr with
// testdata/golden/NAME, what differs from run to run left out. Numbered means
// that hashes are: those of rendered files, in which the registry's port stands.
// With -update it writes the golden.
func golden(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 || len(args) == 3 && args[2] != "numbered" {
		ts.Fatalf("usage: golden NAME stdout|stderr|FILE [numbered]")
	}
	got := normal(ts, ts.ReadFile(args[1]))
	if len(args) == 3 {
		got = numbered(got)
	}
	path := filepath.Join(ts.Getenv("SOURCE"), "testdata", "golden", args[0])
	if *update {
		ts.Check(os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	ts.Check(err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		ts.Fatalf("%s (-want +got; go test -update writes it):\n%s", args[0], diff)
	}
}

// sizes on disk are zlib's work, others with every version; and the audit's
// lists stand in their order.
var (
	packed  = regexp.MustCompile(`(history |"summary": ")[0-9.]+ k?B( added)?`)
	audited = regexp.MustCompile(`(?s)\n  "audit": \{.*?\n  \},`)
)

// normal is a text without what differs from machine to machine.
func normal(ts *testscript.TestScript, text string) string {
	text = strings.NewReplacer(
		ts.Getenv("REGISTRY"), "REGISTRY",
		ts.Getenv("WORK"), "WORK",
	).Replace(text)
	return packed.ReplaceAllString(audited.ReplaceAllString(text, ""), "${1}SIZE${2}")
}

var hash = regexp.MustCompile(`\b([0-9a-f]{64}|[0-9a-f]{40})\b`)

// numbered is a text with each hash replaced by its number in the text.
func numbered(text string) string {
	seen := map[string]string{}
	return hash.ReplaceAllStringFunc(text, func(h string) string {
		if seen[h] == "" {
			seen[h] = fmt.Sprintf("HASH-%d", len(seen)+1)
		}
		return seen[h]
	})
}

// document KIND FILE: wants one JSON document with apiVersion and that kind,
// and nothing else.
func document(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: document KIND stdout|FILE")
	}
	var head struct{ APIVersion, Kind string }
	decoder := json.NewDecoder(bytes.NewReader([]byte(ts.ReadFile(args[1]))))
	if err := decoder.Decode(&head); err != nil {
		ts.Fatalf("it is no JSON document: %v", err)
	}
	if decoder.More() {
		ts.Fatalf("something follows the document")
	}
	if head.APIVersion != "gantline.dev/v1" || head.Kind != args[0] {
		ts.Fatalf("apiVersion %q, kind %q", head.APIVersion, head.Kind)
	}
}

// state FILE: writes down what gantline must not touch in the repository of
// the current directory: HEAD, the index, what differs in the work tree.
func state(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: state FILE")
	}
	ts.Check(ts.Exec("sh", "-c", `git rev-parse --symbolic-full-name HEAD
sha256sum "$(git rev-parse --git-path index)"
GIT_OPTIONAL_LOCKS=0 git status --porcelain=v2 --branch
git stash list; git for-each-ref refs/heads/main`))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile("stdout")), 0o600))
}

// freePort is a free port below those that outgoing connections take.
func freePort() (string, error) {
	for range 100 {
		port := strconv.Itoa(15000 + rand.IntN(17000))
		listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return "", fmt.Errorf("finding a free port: 100 tried, all taken")
}
