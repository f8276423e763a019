package wheels

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write goldens anew")

// debian is the interpreter of Debian 12.
var debian = Target{
	Implementation: "cpython", Version: "3.11.2", ABI: "cp311", Interpreter: "/usr/bin/python3.11", GLibc: "2.36", Machine: "x86_64",
}

// interpreters are by the name of their golden.
var interpreters = map[string]Target{
	"cp311-x86_64-glibc": debian,
	"cp312-aarch64-glibc": {
		Implementation: "cpython", Version: "3.12.1", ABI: "cp312", GLibc: "2.17", Machine: "aarch64",
	},
	"cp39-x86_64-musl": {
		Implementation: "cpython", Version: "3.9.18", ABI: "cp39", Musl: "1.2", Machine: "x86_64",
	},
	"pp310-x86_64-glibc": {
		Implementation: "pypy", Version: "3.10.14", ABI: "pypy310_pp73", GLibc: "2.18", Machine: "x86_64",
	},
}

func TestTags(t *testing.T) {
	for name, target := range interpreters {
		file := filepath.Join("testdata", "tags", name+".txt")
		got := strings.Join(target.Tags(), "\n") + "\n"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// The goldens are what packaging says.
func TestTagsAsPackaging(t *testing.T) {
	var q question
	for _, target := range interpreters {
		q.Targets = append(q.Targets, target)
	}
	for i, want := range askPackaging(t, q).Tags {
		if diff := cmp.Diff(want, q.Targets[i].Tags()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", q.Targets[i], diff)
		}
	}
}

func TestTagsOfBuilds(t *testing.T) {
	tags := func(version, abi string) string {
		target := debian
		target.Version, target.ABI = version, abi
		return " " + strings.Join(target.Tags(), " ") + " "
	}
	for _, c := range []struct{ version, abi, has, lacks string }{
		{"3.13.1", "cp313t", "cp313-cp313t-linux_x86_64", "cp313-abi3-linux_x86_64"},
		{"3.13.1", "cp313t", "py3-none-any", "cp312-abi3-linux_x86_64"},
		{"3.15.0", "cp315t", "cp314-abi3t-linux_x86_64", "cp315-abi3-linux_x86_64"},
		{"3.12.1", "cp312d", "cp312-cp312-linux_x86_64", "cp312-abi3t-linux_x86_64"},
		{"3.12.1", "cp312d", "cp312-cp312d-linux_x86_64", "cp313-none-any"},
		{"3", "cp3", "py3-none-any", "py31-none-any"},
	} {
		got := tags(c.version, c.abi)
		if !strings.Contains(got, " "+c.has+" ") || strings.Contains(got, " "+c.lacks+" ") {
			t.Errorf("%s %s: want %s and not %s in\n%s", c.version, c.abi, c.has, c.lacks, got)
		}
	}
}

func TestTargetString(t *testing.T) {
	for want, target := range map[string]Target{
		"CPython 3.11, x86_64, glibc 2.36":          debian,
		"CPython 3.9, x86_64, musl 1.2":             interpreters["cp39-x86_64-musl"],
		"PyPy 3.10, x86_64, glibc 2.18":             interpreters["pp310-x86_64-glibc"],
		"graal 3.11, riscv64, an unknown C library": {Implementation: "graal", Version: "3.11", Machine: "riscv64"},
	} {
		if got := target.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
