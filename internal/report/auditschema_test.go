package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gantline.dev/gantline/internal/gitrepo/repotest"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// TestAuditSchema makes the schema of the report's types and their comments,
// which are the only place where a field is described.
func TestAuditSchema(t *testing.T) {
	s := schemaMaker{comments: typeComments(t, "../../repoclean/audit/report.go", "../../repoclean/budget.go", "../../repoclean/verdict.go", "../../repoclean/kind.go"), defs: map[string]any{}}
	root := s.object(reflect.TypeFor[audit.Report]())
	root["$schema"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", "Gantline: what a repository weighs", s.defs
	got, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("auditschema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(auditSchema), string(got)); diff != "" {
		t.Errorf("auditschema.json is not that of the types (-update writes it): %s", diff)
	}
}

// TestAuditJSONFitsItsSchema holds samples and real audits to the schema, and
// documents that aren't right away from it.
func TestAuditJSONFitsItsSchema(t *testing.T) {
	schema := compiledSchema(t, "auditschema.json")
	validate := func(text []byte) error {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(value)
	}
	audits := sampleAudits()
	repo := repotest.New(t).
		Commit("main", "Ada", "code", repotest.Put("train.py", "v1"), repotest.Put("copy.py", "v1"), repotest.Put("a.pt", repotest.Pointer('a', 4_000_000))).
		Commit("main", "Bob", "a checkpoint goes", repotest.Put("model.ckpt", repotest.Noise(1, 5_000)), repotest.Remove("copy.py")).Open()
	for name, request := range map[string]audit.Request{
		"history": {Rev: "main"}, "all refs": {Rev: "main", AllRefs: true}, "range": {Rev: "main~1..main"}, "empty range": {Rev: "main..main"},
	} {
		r, err := audit.Run(t.Context(), repo, request)
		if err != nil {
			t.Fatal(err)
		}
		audits[name] = r.Judged(repoclean.Budgets{File: 1})
	}
	for name, a := range audits {
		text := written(t, func(w io.Writer) error { return AuditJSON(w, a) })
		if err := validate(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, wrong := range [][2]string{{`"kind": "AuditReport",`, ``}, {`"allRefs": `, `"allRefs": "no", "was": `}, {`"commits": `, `"commits": 0.5, "was": `}} {
			if validate(bytes.Replace(text, []byte(wrong[0]), []byte(wrong[1]), 1)) == nil {
				t.Errorf("%s: the schema takes %s for %s", name, wrong[1], wrong[0])
			}
		}
	}
}

// compiledSchema is the file and not what is embedded, which -update may just
// have replaced.
func compiledSchema(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(file, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// typeComments is the comments of types and of their fields ("Type.Field").
func typeComments(t *testing.T, files ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				name := spec.(*ast.TypeSpec).Name.Name
				out[name] = oneParagraph(group.Doc.Text())
				if structure, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
					fieldComments(out, name, structure)
				}
			}
		}
	}
	return out
}

// fieldComments takes a comment for its field and for those after it that have
// none and that it names.
func fieldComments(out map[string]string, of string, structure *ast.StructType) {
	shared := ""
	for _, field := range structure.Fields.List {
		if field.Doc != nil {
			shared = oneParagraph(field.Doc.Text())
		}
		for _, name := range field.Names {
			if field.Doc != nil || regexp.MustCompile(`\b`+name.Name+`\b`).MatchString(shared) {
				out[of+"."+name.Name] = shared
			}
		}
	}
}

func oneParagraph(text string) string { return strings.Join(strings.Fields(text), " ") }

type schemaMaker struct {
	comments map[string]string
	defs     map[string]any
}

func (s schemaMaker) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		property := s.of(field.Type)
		if text := s.comments[t.Name()+"."+field.Name]; text != "" {
			property["description"] = text
		}
		properties[name] = property
		if options != "omitempty" {
			required = append(required, name)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "required": required}
	if text := s.comments[t.Name()]; text != "" {
		out["description"] = text
	}
	return out
}

func (s schemaMaker) of(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[repoclean.FileKind]():
		kinds := []any{""}
		for _, kind := range fileKinds() {
			kinds = append(kinds, string(kind))
		}
		return map[string]any{"type": "string", "enum": kinds}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		if _, done := s.defs[t.Name()]; !done {
			s.defs[t.Name()] = nil // stops at a type that holds itself
			s.defs[t.Name()] = s.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	}
	panic("a field of type " + t.String() + " has no schema")
}
