package kube

import (
	"encoding/json"
	"testing"

	"gantline.dev/gantline/internal/diag"
)

// overMaps is New by the way that scan stands in for.
func overMaps(t *testing.T, raw []byte) (Object, error) {
	t.Helper()
	tree, err := decode(raw)
	if err != nil {
		return Object{}, err
	}
	return fromTree(tree, "", diag.Position{File: "x"})
}

// FuzzNew holds the quick way to the bytes of the way over maps.
func FuzzNew(f *testing.F) {
	for _, spec := range []string{
		`{}`, `null`, `[]`, `{"b":[1,null,{"z":null,"a":"<&>"}],"a":{"b":{}, "a":[]}}`, `{"a":1e-7,"b":-0.50,"c":12345678901234567890}`,
		`{"a":"\"\\","b":"\u2028\ufffd\u0000é","":"empty","a b":1,"a!":2,"a":3,"ab":4}`, `{"quo\"te":1,"a<b":2}`, "{\"\xff\":\"\xff\"}",
		`"text"`, `[[[]],[{}],[""]]`, `true`,
	} {
		f.Add(spec, "name", "nightly")
	}
	f.Fuzz(func(t *testing.T, spec, name, flow string) {
		var value any
		if err := json.Unmarshal([]byte(spec), &value); err != nil {
			return
		}
		object := map[string]any{
			"apiVersion": "v1", "kind": "Thing", "status": map[string]any{"phase": "x"}, "spec": value,
			"metadata": map[string]any{"name": name, "creationTimestamp": nil, "labels": map[string]any{"gantline.dev/flow": flow}},
		}
		raw, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		want, wantErr := overMaps(t, raw)
		got, err := New(object, "", diag.Position{File: "x"})
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("got error %v, want %v", err, wantErr)
		}
		if string(got.JSON()) != string(want.JSON()) || got.ID != want.ID || got.Flow != want.Flow {
			t.Errorf("got %s %q\n%s\nwant %s %q\n%s", got.ID, got.Flow, got.JSON(), want.ID, want.Flow, want.JSON())
		}
	})
}
