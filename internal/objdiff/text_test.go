package objdiff

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTexts(t *testing.T) {
	long := `{"a":["` + strings.Repeat("x", 60) + `",1],"b":true}`
	tests := []struct{ name, before, after, wantBefore, wantAfter string }{
		{"strings", `"a b"`, `"<c>"`, "a b", "<c>"},
		{"strings that look like others", `"true"`, `""`, `"true"`, `""`},
		{"numbers", `1`, `1.50`, "1", "1.50"},
		{"absent", ``, `null`, "", "null"},
		{"several lines", `"a\nb\n"`, `"a"`, "a\nb\n", "a"},
		{"short list", `["a","b"]`, `[]`, `["a","b"]`, `[]`},
		{"long mapping", long, `{"a":[]}`, "a:\n- " + strings.Repeat("x", 60) + "\n- 1\nb: true\n", "a: []\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			field := FieldChange{Before: json.RawMessage(test.before), After: json.RawMessage(test.after)}
			if test.before == "" {
				field.Before = nil
			}
			before, after := field.Texts()
			if diff := cmp.Diff([]string{test.wantBefore, test.wantAfter}, []string{before, after}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
