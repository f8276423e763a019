package wire_test

import (
	"strings"
	"testing"

	"gantline.dev/gantline/internal/wire"
)

func TestResolve(t *testing.T) {
	inputs := map[string]string{
		"text":        `"a \"b\" {\u007bx}\u007d \u00e9\n"`,
		"number":      `1.50`,
		"bool":        `true`,
		"null":        `null`,
		"object":      `{"z":{"action":"\u0024(x)"} ,"a":[10,20]}`,
		"list":        `["click",{"k":"\u00e9"},null]`,
		"index":       `1`,
		"quoted":      `"0"`,
		"joined":      `["\"a\"","0.50","null","{\"k\":\"\\u00e9\"}"]`,
		"object join": `[{"a":1},[2]]`,
		"raw":         `base-7b`,
		"bad join":    `["a"]`,
	}
	lookup := func(key string) (string, bool) {
		value, ok := inputs[key]
		return value, ok
	}
	tests := []struct {
		name string
		text wire.Text
		want string
		err  string
	}{
		{name: "nothing", text: nil, want: ""},
		{name: "literal", text: wire.Text{{Lit: "{{x}} $(y)"}}, want: "{{x}} $(y)"},
		{name: "empty literal", text: wire.Text{{}}, want: ""},
		{name: "string", text: wire.Text{{In: "text"}}, want: "a \"b\" {{x}} é\n"},
		{name: "parts", text: wire.Text{{Lit: "--lr="}, {In: "number"}, {Lit: ","}, {In: "bool"}}, want: "--lr=1.50,true"},
		{name: "null", text: wire.Text{{In: "null"}}, want: "null"},
		{name: "object as text", text: wire.Text{{In: "object"}}, want: `{"z":{"action":"$(x)"},"a":[10,20]}`},
		{name: "path", text: wire.Text{{In: "object", Path: []string{"z", "action"}}}, want: "$(x)"},
		{name: "path into a list", text: wire.Text{{In: "object", Path: []string{"a", "1"}}}, want: "20"},
		{name: "index and path", text: wire.Text{{In: "list", At: "index", Path: []string{"k"}}}, want: "é"},
		{name: "index in a string", text: wire.Text{{In: "list", At: "quoted"}}, want: "click"},
		{name: "join", text: wire.Text{{In: "joined", Join: true}}, want: `["a",0.50,null,{"k":"é"}]`},
		{name: "join that Argo decoded", text: wire.Text{{In: "object join", Join: true}}, want: `[{"a":1},[2]]`},
		{name: "index into a join", text: wire.Text{{In: "joined", Join: true, At: "index"}}, want: "0.50"},
		{name: "absent", text: wire.Text{{In: "nope"}}, err: `reading input "nope": no variable GANTLINE_IN_nope`},
		{name: "not JSON", text: wire.Text{{In: "raw"}}, err: `reading input "raw": decoding value: not JSON`},
		{name: "absent index", text: wire.Text{{In: "list", At: "nope"}}, err: `its index "nope": no variable`},
		{name: "past the end", text: wire.Text{{In: "list", Path: []string{"3"}}}, err: `no element "3" in its list of 3`},
		{name: "no such key", text: wire.Text{{In: "object", Path: []string{"q"}}}, err: `no key "q"`},
		{name: "key of a number", text: wire.Text{{In: "number", Path: []string{"q"}}}, err: `no "q": its value is neither`},
		{name: "join of no list", text: wire.Text{{In: "number", Join: true}}, err: "no list"},
		{name: "join of null", text: wire.Text{{In: "null", Join: true}}, err: "no list"},
		{name: "join of raw text", text: wire.Text{{In: "bad join", Join: true}}, err: "its element 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.text.Resolve(lookup)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %q and error %v, want an error with %q", got, err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %q and error %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestResolveErrorsHideValues(t *testing.T) {
	_, err := wire.Text{{In: "x"}}.Resolve(func(string) (string, bool) { return "hunter2", true })
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error is %v", err)
	}
}

func FuzzResolve(f *testing.F) {
	f.Add(`["\"a\""]`, "0", "k", true)
	f.Add(`{"k":[1]}`, "", "k", false)
	f.Fuzz(func(t *testing.T, value, index, key string, join bool) {
		part := wire.Part{In: "v", At: "i", Path: []string{key}, Join: join}
		if index == "" {
			part.At = ""
		}
		inputs := map[string]string{"v": value, "i": index}
		_, _ = wire.Text{part}.Resolve(func(key string) (string, bool) { v, ok := inputs[key]; return v, ok }) // must not panic
	})
}
