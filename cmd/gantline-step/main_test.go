package main

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxBytes is the largest that the shim may be: every image holds it, and
// every node pulls it.
const maxBytes = 4 << 20

// TestBinary holds the shim to what its layer promises: the same bytes from
// any directory, nothing to link with at run time, small.
func TestBinary(t *testing.T) {
	first := build(t, ".")
	elsewhere := t.TempDir()
	if err := os.Symlink(root(t), filepath.Join(elsewhere, "copy")); err != nil {
		t.Fatal(err)
	}
	second := build(t, filepath.Join(elsewhere, "copy", "cmd", "gantline-step"))
	if !bytes.Equal(first, second) {
		t.Error("two builds differ")
	}
	if bytes.Contains(first, []byte(root(t))) {
		t.Error("the binary holds the directory that it was built in")
	}
	if len(first) > maxBytes {
		t.Errorf("it has %d bytes, more than %d", len(first), maxBytes)
	}
	file, err := elf.NewFile(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP || segment.Type == elf.PT_DYNAMIC {
			t.Errorf("it is not static: it has a segment %v", segment.Type)
		}
	}
}

// TestDependencies keeps the shim small: the standard library without its
// network, golang.org/x/sys and our own two packages.
func TestDependencies(t *testing.T) {
	list := exec.Command("go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.FieldsSeq(string(out)) {
		host, _, _ := strings.Cut(pkg, "/")
		switch {
		case pkg == "net" || strings.HasPrefix(pkg, "net/") || strings.HasPrefix(pkg, "crypto/tls"):
			t.Errorf("it links %s", pkg)
		case !strings.Contains(host, "."), strings.HasPrefix(pkg, "golang.org/x/sys/"):
		case pkg == "gantline.dev/gantline/internal/step", pkg == "gantline.dev/gantline/internal/wire",
			pkg == "gantline.dev/gantline/cmd/gantline-step":
		default:
			t.Errorf("it links %s", pkg)
		}
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func build(t *testing.T, dir string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gantline-step")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "PWD="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building in %s: %v\n%s", dir, err, out)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
