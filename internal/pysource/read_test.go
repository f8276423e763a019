package pysource

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestCases reads each testdata/cases/NAME.py and compares what it says with
// NAME.want.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.py")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no cases", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".py")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := render(Read(text))
			golden := strings.TrimSuffix(file, ".py") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// render is a File as text: what it says, a line each, by the line of the
// source.
func render(f File, err error) string {
	type entry struct {
		line int
		text string
	}
	var entries []entry
	add := func(line int, format string, args ...any) {
		entries = append(entries, entry{line, fmt.Sprintf(format, args...)})
	}
	for _, i := range f.Imports {
		name := strings.Repeat(".", i.Level) + i.Module
		switch {
		case i.Call != "":
			add(i.Line, "%s imports %s %s", i.Call, name, strings.Join(i.Names, ", "))
		case i.Names != nil:
			add(i.Line, "from %s import %s", name, strings.Join(i.Names, ", "))
		default:
			add(i.Line, "import %s", name)
		}
	}
	for _, d := range f.Dynamic {
		add(d.Line, "%s imports %s?", d.Call, strings.Repeat(".", d.Level)+d.Prefix)
	}
	for _, s := range f.Strings {
		add(s.Line, "string %q%s", s.Text, map[bool]string{true: " in part"}[s.Part])
	}
	for _, s := range f.Identifiers {
		add(s.Line, "identifier %q", s.Text)
	}
	for _, line := range f.SearchPath {
		add(line, "search path")
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.line, b.line) })
	var out strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&out, "%d: %s\n", e.line, strings.TrimRight(e.text, " "))
	}
	if f.Main {
		fmt.Fprintln(&out, "main")
	}
	if f.All != nil {
		fmt.Fprintln(&out, "all:", strings.Join(f.All, ", "))
	}
	if err != nil {
		fmt.Fprintln(&out, "error:", err)
	}
	return out.String()
}
