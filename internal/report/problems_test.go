package report

import (
	"bytes"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
)

func sampleProblems() []diag.Problem {
	return []diag.Problem{
		diag.Errorf(diag.Position{File: "workflows/nightly.yaml", Line: 12, Column: 5}, "unknown-key", "unknown key %q", "afer").
			WithHint("did you mean %q?", "after"),
		diag.Warnf(diag.Position{File: "gantline.yaml", Line: 3, Column: 1}, "no-timeout", "100%% of steps have no timeout"),
		diag.Errorf(diag.Position{File: "a:b, c/" + hostile}, "file", "can't be read:\n%s", hostile),
	}
}

func TestProblems(t *testing.T) {
	problems := sampleProblems()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"problems.txt":        func(w *bytes.Buffer) error { return ProblemsText(w, problems, streams.Palette{}) },
		"problems-colour.txt": func(w *bytes.Buffer) error { return ProblemsText(w, problems, streams.NewPalette(true)) },
		"problems.json":       func(w *bytes.Buffer) error { return ProblemsJSON(w, problems) },
		"problems-none.json":  func(w *bytes.Buffer) error { return ProblemsJSON(w, nil) },
		"problems-github.txt": func(w *bytes.Buffer) error { return ProblemsGitHub(w, problems) },
		"problems.sarif":      func(w *bytes.Buffer) error { return ProblemsSARIF(w, problems, "0.1.0") },
		"problems-none.sarif": func(w *bytes.Buffer) error { return ProblemsSARIF(w, nil, "0.1.0") },
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.Bytes())
		})
	}
}

func TestProblemsGitHubIsOneLineEach(t *testing.T) {
	var out bytes.Buffer
	if err := ProblemsGitHub(&out, sampleProblems()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(sampleProblems()) {
		t.Errorf("%d lines for %d problems: a name or message started a command of its own", len(lines), len(sampleProblems()))
	}
}
