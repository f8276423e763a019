package build

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func itoa[T int | int64](n T) string { return fmt.Sprint(n) }

var sameIndex = cmp.AllowUnexported(layerIndex{}, layerEntry{})

func sampleIndex(t testing.TB) layerIndex {
	t.Helper()
	index, err := indexLayer(bytes.NewReader(tarOf(t, "d/\nd/a 5\nd/ab 20000 b\nl -> d\nd/h => d/a\nd/.wh.x\n.wh..wh..opq")))
	if err != nil {
		t.Fatal(err)
	}
	return index
}

const sampleDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestIndexIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layers")
	for what, index := range map[string]layerIndex{"a sample": sampleIndex(t), "an empty layer": {}} {
		storeIndex(dir, sampleDigest, index)
		got, ok := loadIndex(dir, sampleDigest)
		if diff := cmp.Diff(index, got, sameIndex); !ok || diff != "" {
			t.Errorf("%s: %v\n%s", what, ok, diff)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory has %v, %v", entries, err)
	}
}

// A file that was damaged, cut or given another name is not believed.
func TestDamagedIndex(t *testing.T) {
	dir := t.TempDir()
	storeIndex(dir, sampleDigest, sampleIndex(t))
	path := indexPath(dir, sampleDigest)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x10
		for what, content := range map[string][]byte{"flipped": damaged, "cut": whole[:i]} {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if got, ok := loadIndex(dir, sampleDigest); ok && cmp.Diff(sampleIndex(t), got, sameIndex) != "" {
				t.Fatalf("%s at %d: %+v is believed", what, i, got)
			}
		}
	}
	other := strings.Replace(sampleDigest, "0123", "3210", 1)
	if err := os.WriteFile(indexPath(dir, other), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := loadIndex(dir, other); ok {
		t.Error("the index of another layer is believed")
	}
}

// A directory that can't be written costs the keeping and nothing else.
func TestIndexWithoutADirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", filepath.Join(file, "layers")} {
		storeIndex(dir, sampleDigest, sampleIndex(t))
		if _, ok := loadIndex(dir, sampleDigest); ok {
			t.Errorf("%q kept an index", dir)
		}
	}
}

func FuzzDecodeIndex(f *testing.F) {
	var out bytes.Buffer
	if err := encodeIndex(&out, sampleDigest, sampleIndex(f)); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add([]byte(indexMagic))
	f.Fuzz(func(t *testing.T, content []byte) {
		index, err := decodeIndex(bytes.NewReader(content), sampleDigest)
		if err != nil {
			return
		}
		if _, err := mergeLayers([]layerIndex{index}); err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := encodeIndex(&again, sampleDigest, index); err != nil {
			t.Fatal(err)
		}
		same, err := decodeIndex(&again, sampleDigest)
		if diff := cmp.Diff(index, same, sameIndex); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

func FuzzIndexLayer(f *testing.F) {
	plain := tarOf(f, "d/\nd/a 5\n../x 3\nh => d/a\n.wh.b")
	f.Add(plain)
	f.Add(gzipped(f, plain))
	f.Add(zstandard(f, plain))
	f.Fuzz(func(t *testing.T, content []byte) {
		index, err := indexLayer(bytes.NewReader(content))
		if err != nil {
			return
		}
		for _, e := range index.entries {
			if strings.HasPrefix(e.path, "/") || strings.HasPrefix(e.path, "..") && (e.path == ".." || e.path[2] == '/') {
				t.Errorf("path %q leads out", e.path)
			}
		}
		in, err := mergeLayers([]layerIndex{index, index})
		if err != nil {
			t.Fatal(err)
		}
		if in.Unpacked != in.Bytes+in.Wasted {
			t.Errorf("%d unpacked, %d seen, %d wasted", in.Unpacked, in.Bytes, in.Wasted)
		}
	})
}
