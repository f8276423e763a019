package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namedTest is a test as docs/image-rules.md names it: package and function.
var namedTest = regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")

// Every rule of docs/image-rules.md names tests, and each of them exists.
func TestRulesOfImagesHaveTests(t *testing.T) {
	page, err := os.ReadFile("../../docs/image-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	rules := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| rule |") {
			continue
		}
		rules++
		named := namedTest.FindAllStringSubmatch(line, -1)
		if len(named) == 0 {
			t.Errorf("no test is named for: %s", line)
		}
		for _, n := range named {
			if _, known := sources[n[1]]; !known {
				sources[n[1]] = testSources(t, n[1])
			}
			if !strings.Contains(sources[n[1]], "\nfunc "+n[2]+"(") {
				t.Errorf("package %s has no %s", n[1], n[2])
			}
		}
	}
	if rules < 30 {
		t.Errorf("%d rules were read", rules)
	}
}

// testSources is the text of a package's tests.
func testSources(t *testing.T, pkg string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n")
		all.Write(text)
	}
	return all.String()
}
