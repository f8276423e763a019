package runs

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestParse reads the Workflows of testdata, as Argo left them, and compares
// the runs with their goldens.
func TestParse(t *testing.T) {
	files, err := filepath.Glob("testdata/*.workflow.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no Workflows: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".workflow.json"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := parsed(t, raw)
			if diff := cmp.Diff(string(got), string(parsed(t, compressed(t, raw)))); diff != "" {
				t.Errorf("compressed nodes give another run:\n%s", diff)
			}
			golden := strings.TrimSuffix(file, ".workflow.json") + ".run.json"
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func parsed(t *testing.T, raw []byte) []byte {
	t.Helper()
	run, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(run, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// compressed is the Workflow as Argo stores a large one.
func compressed(t *testing.T, raw []byte) []byte {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	status, ok := tree["status"].(map[string]any)
	if !ok {
		return raw
	}
	nodes, err := json.Marshal(status["nodes"])
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(nodes)
	_ = w.Close()
	delete(status, "nodes")
	status["compressedNodes"] = base64.StdEncoding.EncodeToString(packed.Bytes())
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"no JSON":       `{`,
		"not base64":    `{"metadata":{"name":"x"},"status":{"compressedNodes":"!"}}`,
		"not gzip":      `{"metadata":{"name":"x"},"status":{"compressedNodes":"aGFsbG8="}}`,
		"another shape": `{"status":{"nodes":[]}}`,
	} {
		if _, err := Parse([]byte(raw)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLocate(t *testing.T) {
	for name, want := range map[string]place{
		"r.train":                   {step: "train", item: -1},
		"r.train(1)":                {step: "train", item: -1, attempt: 2},
		"r.eval.item":               {step: "eval", item: -1, deeper: true},
		"r.eval.item(3:3)":          {step: "eval", item: 3, deeper: true},
		"r.eval.item(3:3).main(0)":  {step: "eval", item: 3, attempt: 1, deeper: true},
		"r.onExit.cleanup":          {exit: true, step: "cleanup", item: -1},
		"r.onExit.cleanup(0)":       {exit: true, step: "cleanup", item: -1, attempt: 1},
		"r.by-hand(2:model:a.b(c))": {step: "by-hand", item: 2},
	} {
		if got, ok := locate("r", name); !ok || got != want {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
	for _, name := range []string{"r", "r.onExit", "other.train", ""} {
		if got, ok := locate("r", name); ok {
			t.Errorf("%s is %+v", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.workflow.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		run, err := Parse(raw)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, step := range run.Steps {
			key := step.Name
			if step.Exit {
				key = "exit " + key
			}
			if step.Name == "" || seen[key] {
				t.Errorf("step %q stands twice or has no name", key)
			}
			seen[key] = true
		}
	})
}

func TestNewName(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		name := NewName("agent", "nightly")
		if !strings.HasPrefix(name, "agent-nightly-") || len(name) != len("agent-nightly-")+5 {
			t.Fatalf("name %q", name)
		}
		seen[name] = true
	}
	if len(seen) < 990 {
		t.Errorf("%d different names of 1000", len(seen))
	}
}
