package workflows

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// TestReferenceIsCurrent holds docs/flow-reference.md to what the package is
// now; go test ./workflows -run Reference -update writes it.
func TestReferenceIsCurrent(t *testing.T) {
	compare(t, filepath.Join("..", "docs", "flow-reference.md"), string(Reference()))
}

func TestReferenceLinksLead(t *testing.T) {
	t.Parallel()
	text := string(Reference())
	for _, part := range strings.Split(text, "](#")[1:] {
		anchor, _, _ := strings.Cut(part, ")")
		if !strings.Contains(strings.ToLower(text), "\n### "+anchor+"\n") {
			t.Errorf("no heading for the link #%s", anchor)
		}
	}
}

// TestReferenceHasEveryType: a type that a field leads to has its table.
func TestReferenceHasEveryType(t *testing.T) {
	t.Parallel()
	known := map[reflect.Type]bool{}
	for _, typ := range referenceTypes() {
		known[typ] = true
	}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ.PkgPath() != reflect.TypeFor[Flow]().PkgPath() {
			return
		}
		for i := range typ.NumField() {
			if typ.Field(i).Tag.Get("yaml") != "" {
				if !known[typ] {
					t.Errorf("type %s has fields and no table", typ.Name())
					known[typ] = true
				}
				visit(typ.Field(i).Type)
			}
		}
	}
	visit(reflect.TypeFor[Flow]())
}

// TestEveryFieldIsDocumented: schema and reference are made from the tags.
func TestEveryFieldIsDocumented(t *testing.T) {
	t.Parallel()
	for _, typ := range referenceTypes() {
		for i := range typ.NumField() {
			if f := typ.Field(i); f.Tag.Get("yaml") != "" && f.Tag.Get("doc") == "" {
				t.Errorf("%s.%s has no doc", typ.Name(), f.Name)
			}
		}
	}
}

// TestSchema: the schema takes every flow that Parse takes, and refuses those
// that are wrong in what a schema can say.
func TestSchema(t *testing.T) {
	t.Parallel()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	schema := compileSchema(t, text)
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no flows: %v", err)
	}
	refused := map[string]bool{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, problems := Parse(file, src)
		asJSON, err := yaml.YAMLToJSON(src)
		if err != nil {
			continue // not YAML, or not one document
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		err = schema.Validate(value)
		if len(problems) == 0 && err != nil {
			t.Errorf("%s is a good flow, and the schema refuses it: %v", file, err)
		}
		refused[filepath.Base(file)] = err != nil
	}
	for _, file := range []string{"required.yaml", "types.yaml", "unknown_keys.yaml", "schedule_no_zone.yaml", "schedule_local.yaml"} {
		if !refused[file] {
			t.Errorf("the schema takes %s", file)
		}
	}
}

func compileSchema(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("flow.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("flow.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
