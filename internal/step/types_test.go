package step

import (
	"encoding/json"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/wire"
)

func FuzzEncodeOutput(f *testing.F) {
	for _, typ := range wire.Types() {
		for _, seed := range []string{"", "1", "-0", "1e5", "0x1p-2", "1_000", "nan", "TRUE", `{"a":"{{"}`, "x\n", "\xff", "٣"} {
			f.Add(typ, seed)
		}
	}
	f.Fuzz(func(t *testing.T, typ, content string) {
		encoded, err := encodeOutput(typ, content)
		if err != nil {
			if len(content) > 8 && strings.Contains(err.Error(), content) {
				t.Errorf("the error repeats the content: %v", err)
			}
			return
		}
		if !json.Valid([]byte(encoded)) || wire.Escape(encoded) != encoded {
			t.Errorf("%s %q became %q", typ, content, encoded)
		}
		got, err := wire.Text{{In: "o"}}.Resolve(func(string) (string, bool) { return encoded, true })
		if err != nil || typ == "string" && got != strings.TrimSuffix(content, "\n") {
			t.Errorf("%q arrived as %q, error %v", content, got, err)
		}
	})
}
