package objdiff_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/objdiff"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// A case is a txtar file: base.yaml and head.yaml hold objects, want.json the
// changes, and want.txt a summary with the steps that a drawing would mark.
func TestCompareCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			base, head := objects(t, archive, "base.yaml"), objects(t, archive, "head.yaml")
			changes := objdiff.Compare(base, head)
			slices.Reverse(base)
			slices.Reverse(head)
			if diff := cmp.Diff(asJSON(t, changes), asJSON(t, objdiff.Compare(base, head))); diff != "" {
				t.Errorf("the order of the objects matters:\n%s", diff)
			}
			expect(t, file, archive, "want.json", asJSON(t, changes))
			expect(t, file, archive, "want.txt", summary(changes))
		})
	}
}

func objects(t *testing.T, archive *txtar.Archive, name string) []kube.Object {
	t.Helper()
	var out []kube.Object
	for doc := range bytes.SplitSeq(part(archive, name), []byte("---\n")) {
		if len(bytes.TrimSpace(doc)) == 0 {
			continue
		}
		object, err := kube.Parse(doc, diag.Position{File: name})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, object)
	}
	return out
}

func part(archive *txtar.Archive, name string) []byte {
	for _, file := range archive.Files {
		if file.Name == name {
			return file.Data
		}
	}
	return nil
}

func expect(t *testing.T, file string, archive *txtar.Archive, name, got string) {
	t.Helper()
	if !*update {
		if diff := cmp.Diff(string(part(archive, name)), got); diff != "" {
			t.Errorf("%s (-want +got; -update accepts):\n%s", name, diff)
		}
		return
	}
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
	archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(got)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func asJSON(t *testing.T, changes objdiff.Changes) string {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(changes); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func summary(changes objdiff.Changes) string {
	var out strings.Builder
	for _, object := range changes.All() {
		fmt.Fprintf(&out, "%s %s\n", object.Op, object.ID)
		for _, statement := range object.Statements {
			fmt.Fprintf(&out, "  %s: %s\n", statement.Rule, statement.Text)
		}
		if object.OnlyNewBuild() {
			out.WriteString("  only a new build\n")
		}
		steps := object.Steps()
		var names []string
		for name, op := range steps {
			names = append(names, name+" "+string(op))
		}
		slices.Sort(names)
		if len(names) > 0 {
			fmt.Fprintf(&out, "  drawing: %s\n", strings.Join(names, ", "))
		}
	}
	return out.String()
}

func TestJSONRoundTrip(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/workflow.txtar")
	if err != nil {
		t.Fatal(err)
	}
	changes := objdiff.Compare(objects(t, archive, "base.yaml"), objects(t, archive, "head.yaml"))
	var back objdiff.Changes
	if err := json.Unmarshal([]byte(asJSON(t, changes)), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(t, changes), asJSON(t, back)); diff != "" {
		t.Error(diff)
	}
	if err := json.Unmarshal([]byte(`{"apiVersion":"v1","kind":"List"}`), &back); err == nil {
		t.Error("another kind of document is taken for changes")
	}
}

func TestYAML(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/workflow.txtar")
	if err != nil {
		t.Fatal(err)
	}
	changes := objdiff.Compare(objects(t, archive, "base.yaml"), objects(t, archive, "head.yaml"))
	base, head, err := changes.Changed[1].YAML()
	if err != nil {
		t.Fatal(err)
	}
	for side, text := range map[string]string{"base": base, "head": head} {
		if !strings.Contains(text, "script: |") {
			t.Errorf("%s does not show the script as text:\n%s", side, text)
		}
	}
	base, head, err = changes.Added[0].YAML()
	if err != nil || base != "" || !strings.Contains(head, "name: agent-report") {
		t.Errorf("an added object is %q → %q: %v", base, head, err)
	}
}
