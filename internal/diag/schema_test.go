package diag_test

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"gantline.dev/gantline/internal/diag"
)

// TestSchemaAgreesWithDecode: what Decode takes the schema takes, and what the
// schema can know to be wrong it refuses.
func TestSchemaAgreesWithDecode(t *testing.T) {
	t.Parallel()
	text, err := diag.Schema("job", job{})
	if err != nil {
		t.Fatal(err)
	}
	schema := compile(t, text)
	for _, test := range []struct {
		value string
		good  bool
	}{
		{`{"name": "a"}`, true},
		{`{"name": 1.5}`, true},
		{`{"name": "a", "count": 3, "rate": 0.5, "loud": true, "mode": "fast", "wait": "1h30m", "size": "10MB"}`, true},
		{`{"name": "a", "tags": "x", "args": ["x", "y"], "byname": {"k": "v"}, "inner": {"name": "b", "inner": {"name": "c"}}}`, true},
		{`{"name": "a", "tags": ["x"], "size": 10}`, true},
		{`{}`, false},
		{`{"name": "a", "other": 1}`, false},
		{`{"name": true}`, false},
		{`{"name": "a", "count": "3"}`, false},
		{`{"name": "a", "mode": "odd"}`, false},
		{`{"name": "a", "args": "x"}`, false},
		{`{"name": "a", "wait": "soon"}`, false},
		{`{"name": "a", "wait": ""}`, false},
		{`{"name": "a", "wait": "1d12h"}`, true},
		{`{"name": "a", "inner": {"name": "b", "other": 1}}`, false},
		{`{"name": "a", "byname": {"k": []}}`, false},
	} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(test.value)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != test.good {
			t.Errorf("schema on %s: %v", test.value, err)
		}
		var out job
		if problems := diag.Decode("f.yaml", []byte(test.value), &out); (len(problems) == 0) != test.good {
			t.Errorf("Decode on %s: %v", test.value, problems)
		}
	}
}

func compile(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("job.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("job.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
