package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestParse holds each testdata/X.yaml to X.out: its problems, then the value
// that the rest of Gantline sees.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := outcome(t, src)
			golden := strings.TrimSuffix(file, ".yaml") + ".out"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func outcome(t *testing.T, src []byte) string {
	t.Helper()
	config, problems := Parse(FileName, src)
	var out strings.Builder
	for _, problem := range problems {
		out.WriteString(problem.String() + "\n")
	}
	if diag.HasErrors(problems) {
		return out.String()
	}
	value, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return out.String() + string(value) + "\n"
}

// TestSchemaIsJSON holds the schema to be there and to know every key.
func TestSchema(t *testing.T) {
	schema, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"project", "images", "max_file", "targets", "constraints", "snapshot_limit"} {
		if !strings.Contains(string(schema), `"`+key+`"`) {
			t.Errorf("schema lacks %q", key)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		config, problems := Parse(FileName, src)
		if config == nil && !diag.HasErrors(problems) {
			t.Error("no value and no problem")
		}
		for _, problem := range problems {
			if problem.File != FileName {
				t.Errorf("problem without its file: %v", problem)
			}
		}
	})
}

// TestReference holds docs/configuration.md to the types.
func TestReference(t *testing.T) {
	const page = "../../docs/configuration.md"
	got := Reference()
	if *update {
		if err := os.WriteFile(page, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/configuration.md is not current; run go test ./internal/config -update (-want +got)\n%s", diff)
	}
}

// TestNames holds the names of branches and base images to what git and
// registries take.
func TestNames(t *testing.T) {
	t.Parallel()
	cases := map[string]map[string]bool{
		"project: p\nimages: {a: {base: scratch}}\ndeploy: {targets: {t: {git: %q}}}\n": {
			"rendered": true, "team/rendered-1.x": true, "a": true, "HEAD": false, "refs/heads/x": false, "a..b": false, "a//b": false,
			".a": false, "a/.b": false, "a.": false, "a.lock": false, "a.lock/b": false, "a/": false, "-f": false, "a b": false, "@": false, "": false,
		},
		"project: p\nimages: {a: {base: %q}}\n": {
			"scratch": true, "debian": true, "debian:bookworm": true, "nvcr.io/nvidia/pytorch:25.08-py3": true, "127.0.0.1:5000/a/b_c:T": true,
			"localhost:5000/a@sha256:" + strings.Repeat("a", 64): true, "$(id)": false, "{{workflow.name}}": false, "a b": false, "a\n": false,
			"a@sha256:1": false, "--x": false, "http://x/y": false, "": false,
		},
	}
	for form, names := range cases {
		for name, want := range names {
			_, problems := Parse(FileName, fmt.Appendf(nil, form, name))
			if got := !diag.HasErrors(problems); got != want {
				t.Errorf("%q is taken: %t, want %t: %v", name, got, want, problems)
			}
		}
	}
}

// TestExample holds the example of the reference to have no problem.
func TestExample(t *testing.T) {
	if _, problems := Parse(FileName, []byte(example)); len(problems) > 0 {
		t.Errorf("the example has problems: %v", problems)
	}
}
