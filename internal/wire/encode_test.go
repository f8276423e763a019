package wire_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/wire"
)

func TestEncode(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"plain text stays readable", `echo "$HOME" ${X} {a,b} >&2`, `"echo \"$HOME\" ${X} {a,b} >&2"`},
		{"template", "{{workflow.name}}", `"{\u007bworkflow.name}\u007d"`},
		{"template expression", "{{=1+1}}", `"{\u007b=1+1}\u007d"`},
		{"three braces", "{{{", `"{\u007b{"`},
		{"container variable", "$(TOKEN)", `"\u0024(TOKEN)"`},
		{"two dollars", "$$", `"\u0024$"`},
		{"dollars before a parenthesis", "$$(x)", `"\u0024\u0024(x)"`},
		{"brace after an escaped quote", `{"{`, `"{\"{"`},
		{"control characters", "\x1b\a\x7f\n\t", `"\u001b\u0007\u007f\n\t"`},
		{"other scripts", "é漢🙂\u2028", `"\u00e9\u6f22\ud83d\ude42\u2028"`},
		{"nested objects", json.RawMessage("{\"b\": {\"a\": {}},\n\"a\": 1.50}"), `{"b":{"a":{} },"a":1.50}`},
		{"same value, other escapes", json.RawMessage(`"\u0041\/\u007b{\u0022"`), `"A/{\u007b\""`},
		{"half a surrogate pair", json.RawMessage(`"\ud800x\ud83d\ude42"`), `"\ud800x\ud83d\ude42"`},
		{"large number", json.RawMessage(`123456789012345678901234567890`), `123456789012345678901234567890`},
		{"null", nil, `null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.Encode(tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestEncodeRefusesWhatHasNoJSON(t *testing.T) {
	if got, err := wire.Encode(make(chan int)); err == nil {
		t.Errorf("got %s and no error", got)
	}
	if got, err := wire.Encode(json.RawMessage(`{`)); err == nil {
		t.Errorf("got %s and no error", got)
	}
}

// TestRandomValues holds random values, rich in what must be escaped, to every
// promise that the package makes.
func TestRandomValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	before := ""
	for range 5000 {
		value := randomValue(random, 4)
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		encoded := checkJSON(t, string(raw))
		checkTogether(t, before, encoded)
		before = encoded
	}
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "{", "$", "{{", "}}", "$(A)", "$$", "\x00\x7f", "é\U0001F642", `\`, `"`, "\u2028"} {
		f.Add(seed, "{")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		first, err := wire.Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		second, err := wire.Encode(b)
		if err != nil {
			t.Fatal(err)
		}
		checkTogether(t, first, second)
		got, err := wire.Text{{In: "x"}}.Resolve(func(string) (string, bool) { return first, true })
		if err != nil || got != a {
			t.Errorf("%q arrived as %q, %v", a, got, err)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":{"b":{}}}`, " [ 1 , {} ]\n", `"\ud800"`, `"\u007b\u007b"`, `"{\u007b"`, `"$"`, `1e400`, `"\\u0041"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		if !json.Valid([]byte(text)) {
			if got, err := wire.Decode(text); err == nil {
				t.Errorf("decoding %q gave %s and no error", text, got)
			}
			return
		}
		checkJSON(t, text)
	})
}

// checkJSON checks everything promised of one JSON text, and gives it encoded.
func checkJSON(t *testing.T, text string) string {
	t.Helper()
	escaped := wire.Escape(text)
	checkInert(t, escaped)
	checkSame(t, text, escaped)
	if again := wire.Escape(escaped); again != escaped {
		t.Errorf("escaping %q twice gave %q", escaped, again)
	}
	encoded, err := wire.Encode(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	checkInert(t, encoded)
	checkSame(t, text, encoded)
	decoded, err := wire.Decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	checkSame(t, text, string(decoded))
	again, err := wire.Encode(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if again != encoded {
		t.Errorf("encoding what %q decodes to gave %q", encoded, again)
	}
	return encoded
}

// checkTogether checks values side by side and as they stand in lists, in
// quotes and around a parenthesis.
func checkTogether(t *testing.T, a, b string) {
	t.Helper()
	for _, text := range []string{a + b, b + a, a + a, `"` + a + `"`, "[" + a + "," + b + "]", a + "(" + b, a + `"` + b} {
		checkInert(t, text)
	}
	// Argo writes an encoded value into the JSON of a template before it
	// looks for anything to replace.
	quoted, err := json.Marshal([]string{a, b})
	if err != nil {
		t.Fatal(err)
	}
	checkInert(t, string(quoted))
}

func checkInert(t *testing.T, text string) {
	t.Helper()
	for _, bad := range []string{"{{", "}}", "$(", "$$"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q holds %q", text, bad)
		}
	}
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			t.Errorf("%q holds the byte %#x", text, text[i])
		}
	}
}

func checkSame(t *testing.T, a, b string) {
	t.Helper()
	if x, y := parse(t, a), parse(t, b); !reflect.DeepEqual(x, y) {
		t.Errorf("%q became %q", a, b)
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		t.Fatalf("reading %q: %v", text, err)
	}
	return value
}

func randomValue(random *rand.Rand, depth int) any {
	kind := random.IntN(7)
	if depth == 0 {
		kind = random.IntN(4)
	}
	switch kind {
	case 0:
		return random.Float64()
	case 1:
		return random.IntN(2) == 0
	case 2, 3:
		return randomText(random)
	case 4:
		return nil
	case 5:
		list := make([]any, random.IntN(4))
		for i := range list {
			list[i] = randomValue(random, depth-1)
		}
		return list
	}
	object := map[string]any{}
	for i := range random.IntN(4) {
		object[fmt.Sprint(randomText(random), i)] = randomValue(random, depth-1)
	}
	return object
}

func randomText(random *rand.Rand) string {
	alphabet := []string{"{", "}", "$", "(", ")", `"`, `\`, "'", "=", "u", "0024", "a", " ", "\n", "\x1b", "\x7f", "é", "🙂", "\u2028", "<", "&"}
	var text strings.Builder
	for range random.IntN(12) {
		text.WriteString(alphabet[random.IntN(len(alphabet))])
	}
	return text.String()
}
