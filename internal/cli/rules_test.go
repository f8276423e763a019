package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// problemCall is where a problem is made with the name of its rule.
var problemCall = regexp.MustCompile(`(?:hintf|errorf|Errorf|Warnf)\([^"]*?, "([a-z]+(?:-[a-z]+)*)", "`)

// TestEveryRuleIsExplained reads the sources that make problems of gantline.yaml
// and the lock: --explain knows each rule that they name.
func TestEveryRuleIsExplained(t *testing.T) {
	known := map[string]bool{}
	for _, r := range rules() {
		if r.name == "" || !strings.HasSuffix(r.doc, ".") {
			t.Errorf("rule %q: %q is no sentence", r.name, r.doc)
		}
		known[r.name] = true
	}
	found := 0
	for _, dir := range []string{"../config", "../pipeline", "../../build", "../diag"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range problemCall.FindAllStringSubmatch(string(source), -1) {
				found++
				if !known[match[1]] {
					t.Errorf("%s: rule %q is not explained", file, match[1])
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d problems found in the sources", found)
	}
}
