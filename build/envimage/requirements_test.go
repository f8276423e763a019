package envimage

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIncludes(t *testing.T) {
	file := File{"deps/a.txt", []byte(strings.Join([]string{
		"-r base.txt",
		"-rtight.txt  # a comment",
		"--requirement=../top.txt",
		"--constraint  pins/c.txt",
		"-c https://example.com/c.txt",
		"# -r commented.txt",
		"requests==2.0 \\",
		"  --hash=sha256:aa",
		"-r \\",
		"  continued.txt",
		"--requirements-like is no flag",
		"",
	}, "\r\n"))}
	want := []string{"deps/base.txt", "deps/tight.txt", "top.txt", "deps/pins/c.txt", "deps/continued.txt"}
	if diff := cmp.Diff(want, Includes(file)); diff != "" {
		t.Errorf("Includes (-want +got):\n%s", diff)
	}
}

func TestHashed(t *testing.T) {
	for text, want := range map[string]bool{
		"a==1 \\\n  --hash=sha256:aa\n": true,
		"a==1 --hash=sha256:aa":         true,
		"a==1 # --hash=sha256:aa":       false,
		"a==1":                          false,
		"":                              false,
	} {
		if got := Hashed(File{"r.txt", []byte(text)}); got != want {
			t.Errorf("Hashed(%q) = %v, want %v", text, got, want)
		}
	}
}

// Whatever a requirements file holds, reading it ends, and every line has a
// place in the file.
func FuzzRequirements(f *testing.F) {
	for _, seed := range []string{"", "a==1", "-r x\\\n\\\n", "#\\", "a \\\r\n b # c", "-e ."} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := File{"r.txt", data}
		total := strings.Count(string(data), "\n") + 1
		last := 0
		for _, line := range lines(file) {
			if line.number <= last || line.number > total {
				t.Fatalf("line %d comes after %d, of %d", line.number, last, total)
			}
			last = line.number
		}
		if slices.Contains(Includes(file), "") {
			t.Fatal("an include without a name")
		}
		_ = checkRequirements(file, map[string]bool{}) // must not panic
	})
}
