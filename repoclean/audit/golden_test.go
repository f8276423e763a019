package audit

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", file, diff)
	}
}

// TestReportFields keeps the names that scripts read, of a whole history and of
// a range.
func TestReportFields(t *testing.T) {
	for name, rev := range map[string]string{"report.json": "main", "range.json": "main~3..main"} {
		h := team(t)
		r, err := Run(t.Context(), h.Open(), Request{Rev: rev, Top: 2})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		unpack("", fields)
		if text, err = json.MarshalIndent(fields, "", "  "); err != nil {
			t.Fatal(err)
		}
		golden(t, name, string(text)+"\n")
	}
}

// unpack takes out what differs between versions of git and zlib: what objects
// take on disk.
func unpack(path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, below := range v {
			at := path + "." + key
			packed := key == "packed" || strings.HasPrefix(at, ".historyMap") && key == "bytes" || strings.Contains(at, ".kinds.") || strings.HasPrefix(at, ".store.packs.bytes")
			if _, isNumber := below.(float64); isNumber && packed {
				v[key] = 0
				continue
			}
			unpack(at, below)
		}
	case []any:
		for _, below := range v {
			unpack(path+".", below)
		}
	}
}
