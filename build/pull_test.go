package build

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Rule 4: what is pulled counts every layer above the first difference.
func TestPullOf(t *testing.T) {
	stack := func(names string) []Layer {
		var layers []Layer
		for i, name := range strings.Fields(names) {
			layers = append(layers, Layer{Digest: name, Size: int64(1) << i})
		}
		return layers
	}
	for _, c := range []struct {
		want, had string
		pull      Pull
		each      string
	}{
		{"base step code", "base step code", Pull{}, "has has has"},
		{"base step new", "base step code", Pull{1, 4, 1, 4}, "has has pulls"},
		{"base step code more", "base step code", Pull{1, 8, 1, 8}, "has has has pulls"},
		{"base step", "base step code", Pull{}, "has has"},
		{"other step code", "base step code", Pull{1, 1, 3, 7}, "pulls unpacks unpacks"},
		{"base code step", "base step code", Pull{0, 0, 2, 6}, "has unpacks unpacks"},
		{"a a b", "", Pull{2, 5, 3, 7}, "pulls unpacks pulls"},
	} {
		if diff := cmp.Diff(c.pull, PullOf(stack(c.want), stack(c.had))); diff != "" {
			t.Errorf("%s on %s (-want +got):\n%s", c.want, c.had, diff)
		}
		var each []string
		for _, pull := range LayerPulls(stack(c.want), stack(c.had)) {
			each = append(each, string(pull))
		}
		if got := strings.Join(each, " "); got != c.each {
			t.Errorf("%s on %s: %s, want %s", c.want, c.had, got, c.each)
		}
	}
}
