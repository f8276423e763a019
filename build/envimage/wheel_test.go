package envimage_test

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/builder/buildertest"
)

// backend builds a wheel with Python's library alone: no index is asked.
const backend = `import os, sys, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    if os.path.exists("/run/gantline-sdist/other"):
        sys.exit("the build sees files that are not its own")
    name = "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("tiny.py", "VALUE = %r\n" % os.environ["SOURCE_DATE_EPOCH"])
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return name
`

func TestWheel(t *testing.T) {
	buildertest.Require(t)
	base := buildertest.Run(t, "base-image.sh", startRegistry(t)+"/base:bookworm")
	b := buildertest.Start(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "other"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	build := func(text string) (string, error) {
		file := writeSDist(t, dir, map[string]string{
			"tiny-1.0/PKG-INFO":       "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
			"tiny-1.0/pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
			"tiny-1.0/backend.py":     text,
		})
		return envimage.Wheel(t.Context(), b.Client(), envimage.SDist{Base: base, Platform: "linux/amd64", File: file}, t.TempDir(), envimage.Options{})
	}
	wheel, err := build(backend)
	if err != nil {
		t.Fatal(err)
	}
	if got := memberOf(t, wheel, "tiny.py"); got != "VALUE = '315619200'\n" {
		t.Errorf("the wheel's module is %q", got)
	}
	_, err = build("import sys\ndef build_wheel(*a, **k):\n    sys.exit('no compiler here')\n")
	var step *envimage.StepError
	if !errors.As(err, &step) || step.Step != "building a wheel of tiny-1.0.tar.gz" || !strings.Contains(step.Log, "no compiler here") {
		t.Errorf("a build that fails ended with %v", err)
	}
}

func writeSDist(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	name := filepath.Join(dir, "tiny-1.0.tar.gz")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zip := gzip.NewWriter(file)
	archive := tar.NewWriter(zip)
	for name, text := range files {
		err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text))})
		if err == nil {
			_, err = io.WriteString(archive, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

func memberOf(t *testing.T, wheel, name string) string {
	t.Helper()
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	content, err := archive.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	text, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
