package render_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"

	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/render"
)

// TestSchemas holds every golden to the schemas of Argo's full custom resource
// definitions, which an API server refuses objects by, and to their fields:
// one that they don't know would be dropped in silence.
func TestSchemas(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{
		"WorkflowTemplate": crd(t, "argoproj.io_workflowtemplates.yaml"),
		"CronWorkflow":     crd(t, "argoproj.io_cronworkflows.yaml"),
	}
	checked := 0
	for _, file := range flows(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects, _ := render.Argo(parse(t, file, string(src)), pins(), options())
		for _, object := range objects {
			checked++
			checkSchema(t, file, schemas[object.Kind], object)
		}
	}
	if checked == 0 {
		t.Error("no object was checked")
	}
	unknown := map[string]any{"apiVersion": "a", "kind": "b", "spec": map[string]any{"podGC": map[string]any{"strateggy": "x"}}}
	if schemas["WorkflowTemplate"].Validate(unknown) == nil {
		t.Error("an unknown field is not found")
	}
}

func checkSchema(t *testing.T, file string, schema *jsonschema.Schema, object kube.Object) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(object.JSON())))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %s is refused: %v", file, object.ID, err)
	}
}

// crd is the schema of the one version of a custom resource definition that
// comes with the module of Argo.
func crd(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-workflows/v3").Output()
	if err != nil {
		t.Fatalf("finding Argo's module: %v", err)
	}
	src, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "manifests/base/crds/full", name))
	if err != nil {
		t.Fatal(err)
	}
	var definition struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				} `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(src, &definition); err != nil {
		t.Fatal(err)
	}
	schema := definition.Spec.Versions[0].Schema.OpenAPIV3Schema
	properties := schema["properties"].(map[string]any)
	properties["metadata"] = map[string]any{"type": "object"} // the API server's own
	closeObjects(schema)
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, document); err != nil {
		t.Fatal(err)
	}
	return compiler.MustCompile(name)
}

// closeObjects makes fields that a schema doesn't list an error.
func closeObjects(schema any) {
	switch schema := schema.(type) {
	case []any:
		for _, item := range schema {
			closeObjects(item)
		}
	case map[string]any:
		_, lists := schema["properties"].(map[string]any)
		_, open := schema["additionalProperties"]
		if preserve, _ := schema["x-kubernetes-preserve-unknown-fields"].(bool); lists && !open && !preserve {
			schema["additionalProperties"] = false
		}
		for _, item := range schema {
			closeObjects(item)
		}
	}
}
