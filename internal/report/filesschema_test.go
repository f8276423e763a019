package report

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gantline.dev/gantline/repoclean"
)

// TestFilesSchema makes the schema of the context's types and their comments.
func TestFilesSchema(t *testing.T) {
	s := schemaMaker{comments: typeComments(t, "../../repoclean/verdict.go", "../../repoclean/reach/result.go"), defs: map[string]any{}}
	root := s.object(reflect.TypeFor[repoclean.Context]())
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", "Gantline: what of a commit goes into an image", s.defs
	got, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("filesschema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(filesSchema), string(got)); diff != "" {
		t.Errorf("filesschema.json is not that of the types (-update writes it): %s", diff)
	}
}

// TestFilesJSONFitsItsSchema holds a context with every kind of verdict to the
// schema, and documents that aren't right away from it.
func TestFilesJSONFitsItsSchema(t *testing.T) {
	schema := compiledSchema(t, "filesschema.json")
	c := explained()
	c.APIVersion, c.Kind, c.Reasons = repoclean.APIVersion, repoclean.ContextKind, map[repoclean.Reason]repoclean.Totals{}
	text := written(t, func(w io.Writer) error { return FilesJSON(w, c) })
	for wrong, want := range map[[2]string]bool{
		{"", ""}: true, {`"files": [`, `"files": 1, "was": [`}: false, {`"included": true`, `"included": "yes"`}: false,
		{`"line": 12`, `"line": 1.5`}: false,
	} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.Replace(text, []byte(wrong[0]), []byte(wrong[1]), 1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != want {
			t.Errorf("%s for %s: %v", wrong[1], wrong[0], err)
		}
	}
}
