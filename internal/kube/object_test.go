package kube_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

func at() diag.Position { return diag.Position{File: "k8s/one.yaml"} }

func parse(t testing.TB, src string) kube.Object {
	t.Helper()
	object, err := kube.Parse([]byte(src), at())
	if err != nil {
		t.Fatal(err)
	}
	return object
}

const configMap = `
kind: ConfigMap
apiVersion: v1
metadata:
  name: one
  creationTimestamp: null
  labels: {gantline.dev/flow: nightly}
data: {b: "2", a: "<1>"}
immutable: null
status: {phase: Ready}
`

func TestParse(t *testing.T) {
	object := parse(t, configMap)
	want := `{"apiVersion":"v1","data":{"a":"<1>","b":"2"},"kind":"ConfigMap","metadata":{"labels":{"gantline.dev/flow":"nightly"},"name":"one"}}`
	if got := string(object.JSON()); got != want {
		t.Errorf("canonical JSON is\n%s, expected\n%s", got, want)
	}
	if want := (kube.ID{APIVersion: "v1", Kind: "ConfigMap", Name: "one"}); object.ID != want {
		t.Errorf("identity is %+v", object.ID)
	}
	if object.Flow != "nightly" || object.Source != at() {
		t.Errorf("flow %q, source %v", object.Flow, object.Source)
	}
	if got := object.FileName(); got != "configmap-one.yaml" {
		t.Errorf("file name is %q", got)
	}
}

func TestParseErrors(t *testing.T) {
	for name, test := range map[string]struct{ src, want string }{
		"not YAML":      {"a: [", `parsing object "k8s/one.yaml"`},
		"a list":        {"[1]", "decoding object"},
		"no name":       {"apiVersion: v1\nkind: Pod", `reading object "k8s/one.yaml": apiVersion, kind and metadata.name are needed`},
		"no kind":       {"apiVersion: v1\nmetadata: {name: a}", "are needed"},
		"duplicate key": {"kind: Pod\nkind: Job", `key "kind" already set`},
		"nothing":       {"", "are needed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := kube.Parse([]byte(test.src), at())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, expected %q in it", err, test.want)
			}
		})
	}
}

func TestNew(t *testing.T) {
	value := map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a", "uid": nil},
		"spec": map[string]any{"volumes": []any{map[string]any{"emptyDir": map[string]any{}, "none": nil}}, "big": 1 << 53},
	}
	object, err := kube.New(value, "f", at())
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"big":9007199254740992,"volumes":[{"emptyDir":{}}]}}`
	if got := string(object.JSON()); got != want || object.Flow != "f" {
		t.Errorf("object of flow %q is\n%s, expected\n%s", object.Flow, got, want)
	}
	if _, err := kube.New(math.NaN(), "", at()); err == nil {
		t.Error("what has no JSON becomes an object")
	}
}

// TestValue: an object stays what it is whatever is done with what it gives.
func TestValue(t *testing.T) {
	object := parse(t, configMap)
	before := object.Hash()
	tree, err := object.Tree()
	if err != nil {
		t.Fatal(err)
	}
	tree["data"].(map[string]any)["a"] = "changed"
	if object.Hash() != before {
		t.Error("changing a tree changed the object")
	}
	changed, err := kube.New(tree, "", at())
	if err != nil || changed.Hash() == before {
		t.Errorf("another object has the same hash (%v)", err)
	}
	var typed struct {
		Data map[string]string `json:"data"`
	}
	if err := object.Decode(&typed); err != nil || typed.Data["a"] != "<1>" {
		t.Errorf("decoded to %v, %v", typed, err)
	}
	if err := object.Decode(&struct{ Data int }{}); err == nil || !strings.Contains(err.Error(), "decoding ConfigMap/one") {
		t.Errorf("a wrong type gives %v", err)
	}
}

func TestSort(t *testing.T) {
	var objects []kube.Object
	for _, id := range []string{"v1 Pod b", "v2 Pod a", "v1 Pod a", "v1 Job z"} {
		part := strings.Fields(id)
		objects = append(objects, parse(t, "apiVersion: "+part[0]+"\nkind: "+part[1]+"\nmetadata: {name: "+part[2]+"}"))
	}
	var got []string
	for _, object := range kube.Sort(objects) {
		got = append(got, object.ID.String()+" "+object.APIVersion)
	}
	if diff := cmp.Diff([]string{"Job/z v1", "Pod/a v1", "Pod/a v2", "Pod/b v1"}, got); diff != "" {
		t.Errorf("other order (-want +got):\n%s", diff)
	}
}

// FuzzParse: no text panics, and what was read is read back from its YAML as
// the same object.
func FuzzParse(f *testing.F) {
	f.Add(configMap)
	f.Add(`{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"n":1e400,"s":"\u2028"}`)
	f.Add("apiVersion: v1\nkind: A\nmetadata: {name: 'a b'}\nx: 0x1f\ny: 1_000\nz: ~\nt: 2020-01-01")
	f.Fuzz(func(t *testing.T, src string) {
		object, err := kube.Parse([]byte(src), at())
		if err != nil {
			return
		}
		text, err := object.YAML()
		if err != nil {
			t.Fatalf("an object without YAML: %v", err)
		}
		again, err := kube.Parse(text, at())
		if err != nil {
			t.Fatalf("its own YAML is no object: %v\n%s", err, text)
		}
		if string(again.JSON()) != string(object.JSON()) {
			t.Errorf("another object comes back:\n%s\n%s", object.JSON(), again.JSON())
		}
	})
}

// TestYAMLOfCharactersThatYAMLRefuses holds YAML to every text that JSON can
// hold: what is written must be read back the same.
func TestYAMLOfCharactersThatYAMLRefuses(t *testing.T) {
	for _, text := range []string{"\x7f", "\u0080", "\u009f", "\ufeff", "\ufffe", "\uffff", "\u2028", "a\tb\nc"} {
		object, err := kube.New(map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "x"}, "data": map[string]any{"text": text},
		}, "", diag.Position{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := object.YAML()
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		back, err := kube.Parse(out, diag.Position{})
		if err != nil || back.Hash() != object.Hash() {
			t.Errorf("%q came back as %s (%v)", text, back.JSON(), err)
		}
	}
}
