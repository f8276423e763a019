package wheels

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// question is what testdata/packaging.py is asked.
type question struct {
	Targets     []Target          `json:"targets"`
	Markers     []string          `json:"markers"`
	Environment map[string]string `json:"environment"`
	Specifiers  [][2]string       `json:"specifiers"`
}

// answer is what it says. What packaging refuses is the name of its error.
type answer struct {
	Tags       [][]string `json:"tags"`
	Markers    []any      `json:"markers"`
	Specifiers []any      `json:"specifiers"`
}

// askPackaging asks the copy of packaging that this machine's pip has.
func askPackaging(t *testing.T, q question) answer {
	t.Helper()
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("asks pip's copy of packaging: set GANTLINE_TEST=full")
	}
	in, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "testdata/packaging.py")
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("asking packaging: %v\n%s", err, &stderr)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatal(err)
	}
	return a
}
