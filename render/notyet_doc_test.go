package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/workflows"
)

// TestReferenceNamesWhatIsNotRendered holds the sentence of the flow reference
// that lists what is not rendered yet to the lists of this package.
func TestReferenceNamesWhatIsNotRendered(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "flow-reference.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "Of a flow these are not rendered yet: ")
	ofFlow, after, found2 := strings.Cut(after, "; and of a step: ")
	ofStep, _, found3 := strings.Cut(after, ". ")
	if !found || !found2 || !found3 {
		t.Fatal("docs/flow-reference.md has no sentence about what is not rendered yet")
	}
	for _, list := range []struct {
		text string
		keys []unrendered
	}{{ofFlow, unrenderedOfFlow(&workflows.Flow{})}, {ofStep, unrenderedOfStep(&workflows.Step{})}} {
		if named := strings.Count(list.text, "`") / 2; named != len(list.keys) {
			t.Errorf("%q names %d keys; %d are not rendered", list.text, named, len(list.keys))
		}
		for _, one := range list.keys {
			if !strings.Contains(list.text, "`"+one.key+"`") {
				t.Errorf("%q does not name %s", list.text, one.key)
			}
		}
	}
}
