package agent_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	agent "gantline.dev/gantline/examples/agent"
	"gantline.dev/gantline/internal/cli"
	"gantline.dev/gantline/internal/streams"
)

var update = flag.Bool("update", false, "write the answers in docs/files.md anew")

// TestDocsShowRealOutput holds the commands of docs/files.md to what they print
// on the example.
func TestDocsShowRealOutput(t *testing.T) {
	t.Parallel()
	const page = "../../docs/files.md"
	dir := filepath.Join(t.TempDir(), "agent")
	if _, err := agent.Make(t.Context(), dir, agent.Options{}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	commands := 0
	inBlock, inAnswer := false, false
	for line := range strings.Lines(string(want)) {
		if strings.HasPrefix(line, "```") {
			inBlock, inAnswer = !inBlock, false
		}
		command, isCommand := strings.CutPrefix(line, "$ gantline ")
		inAnswer = inAnswer || isCommand
		switch {
		case inBlock && isCommand:
			commands++
			got.WriteString(line + answer(t, dir, strings.Fields(command)))
		case !inAnswer:
			got.WriteString(line)
		}
	}
	if commands == 0 {
		t.Fatal("the page shows no command")
	}
	if *update {
		if err := os.WriteFile(page, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("docs/files.md is not current; run go test ./examples/agent -run Docs -update (-want +got)\n%s", diff)
	}
}

// answer is what a command prints on standard output.
func answer(t *testing.T, dir string, args []string) string {
	t.Helper()
	double := streams.Test()
	process := cli.Process{Version: "test", Streams: double.Streams, Getenv: os.Getenv}
	if code := cli.Main(t.Context(), append(args, "--repo", dir), process); code != 0 {
		t.Fatalf("gantline %v ended with %d\n%s", args, code, double.Stderr())
	}
	return double.Stdout()
}
