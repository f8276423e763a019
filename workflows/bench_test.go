package workflows

import (
	"os"
	"testing"
)

// BenchmarkParseAndCheck reads and checks the big example, nine steps.
func BenchmarkParseAndCheck(b *testing.B) {
	src, err := os.ReadFile("testdata/check/ok_everything.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		problemsOf("flow.yaml", src)
	}
}
