package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// domainSources is the text of each domain room, tests left out.
func domainSources(t *testing.T) map[string]string {
	t.Helper()
	sources := map[string]string{}
	for _, room := range []string{"workflows", "render", "build", "build/envimage", "build/wheels", "deploy", "deploy/gitbranch", "deploy/kubecluster", "repoclean", "repoclean/reach"} {
		files, err := filepath.Glob(filepath.Join("../..", room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources[room] += string(text)
		}
	}
	return sources
}
