package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What GNU tar and gzip make of a layer is what Go's reader makes of it.
func TestGNUTarUnpacks(t *testing.T) {
	tarPath, err := exec.LookPath("tar")
	if err != nil {
		t.Skip("there is no tar on this machine")
	}
	spec, blobs := goldenSpec()
	layers := packAll(t, spec, blobs)
	content, err := layers[len(layers)-1].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(tarPath, "-xz", "--no-same-owner", "-C", dir)
	cmd.Stdin = content
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	for _, f := range spec.Files {
		full := filepath.Join(dir, spec.To, f.Path)
		info, err := os.Lstat(full)
		if err != nil {
			t.Error(err)
			continue
		}
		var got string
		switch f.Mode {
		case ModeSymlink:
			got, err = os.Readlink(full)
		case ModeFile, ModeExecutable:
			var text []byte
			text, err = os.ReadFile(full)
			got = string(text)
			if executable := info.Mode()&0o111 != 0; executable != (f.Mode == ModeExecutable) {
				t.Errorf("%s has mode %v", f.Path, info.Mode())
			}
			if !info.ModTime().Equal(contentTime(f.Hash)) {
				t.Errorf("%s is of %v", f.Path, info.ModTime())
			}
		}
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(strings.Split(string(blobs[f.Hash]), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Path, diff)
		}
	}
}
