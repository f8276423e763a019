package build

import (
	"archive/tar"
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gantline.dev/gantline/build/wheels"
)

// wheelhouse is wheels on this machine, by hash.
type wheelhouse struct {
	dir     string
	fetched []string
}

// add makes a wheel of version 1 of a package. Contents are by path.
func (h *wheelhouse) add(t testing.TB, name string, contents map[string]string) wheels.Archive {
	t.Helper()
	info := name + "-1.dist-info/"
	contents = maps.Clone(contents)
	contents[info+"WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
	contents[info+"METADATA"] = "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1\n"
	record := info + "RECORD,,\n"
	for _, file := range slices.Sorted(maps.Keys(contents)) {
		sum := sha256.Sum256([]byte(contents[file]))
		record += fmt.Sprintf("%s,sha256=%s,%d\n", file, base64.RawURLEncoding.EncodeToString(sum[:]), len(contents[file]))
	}
	contents[info+"RECORD"] = record
	file := filepath.Join(h.dir, "new")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	w := zip.NewWriter(io.MultiWriter(out, sum))
	for _, member := range slices.Sorted(maps.Keys(contents)) {
		part, err := w.CreateHeader(&zip.FileHeader{Name: member, Method: zip.Store})
		if err == nil {
			_, err = io.WriteString(part, contents[member])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	stat, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	a := wheels.Archive{
		Name: name, Version: "1", File: name + "-1-py3-none-any.whl", Kind: wheels.KindWheel,
		SHA256: hex.EncodeToString(sum.Sum(nil)), Size: stat.Size(),
	}
	if err := os.Rename(file, filepath.Join(h.dir, a.SHA256)); err != nil {
		t.Fatal(err)
	}
	return a
}

// fetch is an Environment's.
func (h *wheelhouse) fetch(_ context.Context, archives []wheels.Archive) ([]string, error) {
	paths := make([]string, len(archives))
	for i, a := range archives {
		paths[i] = filepath.Join(h.dir, a.SHA256)
		h.fetched = append(h.fetched, a.Name)
	}
	return paths, nil
}

// python311 is an environment of the archives.
func (h *wheelhouse) python311(archives ...wheels.Archive) Environment {
	return Environment{
		Python: PythonFacts{Target: wheels.Target{
			Implementation: "cpython", Version: "3.11.2", ABI: "cp311", Interpreter: "/usr/bin/python3.11", GLibc: "2.36", Machine: "x86_64", HasPip: true,
		}},
		Venv: "/opt/venv", Archives: archives, Fetch: h.fetch, OtherLayers: 5,
	}
}

func pythonRecipes(t testing.TB, e Environment) []Recipe {
	t.Helper()
	recipes, err := PythonLayers(e)
	if err != nil {
		t.Fatal(err)
	}
	return recipes
}

// demo is a small wheel with a program and files of some schemes.
func (h *wheelhouse) demo(t testing.TB) wheels.Archive {
	t.Helper()
	return h.add(t, "demo", map[string]string{
		"demo/__init__.py":                  "def main(): print('demo')\n",
		"demo-1.data/scripts/run":           "#!python\nimport demo\n",
		"demo-1.data/data/share/d.txt":      "data\n",
		"demo-1.data/headers/d.h":           "#define D\n",
		"demo-1.dist-info/entry_points.txt": "[console_scripts]\ndemo = demo:main\n",
	})
}

// TestGoldenPythonLayers fails when a byte of a layer of packages moved. Whoever
// moves one raises wheels.Format, or Format where all layers moved.
func TestGoldenPythonLayers(t *testing.T) {
	house := &wheelhouse{dir: t.TempDir()}
	recipes := pythonRecipes(t, house.python311(house.demo(t)))
	got := "format " + wheels.Format + "\n"
	for _, recipe := range recipes {
		layer := mustPack(t, recipe)
		got += fmt.Sprintf("%s %s %s\n", recipe.Kind, layer.diffID, layer.digest)
	}
	const file = "testdata/python.golden"
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
		t.Errorf("bytes moved: if they must, raise a format and run with -update (-want +got):\n%s", diff)
	}
}

// A layer of packages is a function of the wheels' hashes, of Python's minor
// version and of where the environment is: what else differs between two images
// changes no key.
func TestKeysOfPythonLayers(t *testing.T) {
	house := &wheelhouse{dir: t.TempDir()}
	demo, other := house.demo(t), house.add(t, "other", map[string]string{"other.py": ""})
	large := wheels.Archive{Name: "large", SHA256: strings.Repeat("a", 64), Size: 1 << 30}
	keys := func(change func(e *Environment)) (skeleton string, packages []string) {
		e := house.python311(demo, other, large)
		change(&e)
		for i, recipe := range pythonRecipes(t, e) {
			if recipe.Kind != KindPython {
				t.Errorf("layer %d is %s", i, recipe.Kind)
			}
			packages = append(packages, recipe.Key)
		}
		return packages[0], packages[1:]
	}
	skeleton, packages := keys(func(*Environment) {})
	if all := append([]string{skeleton}, packages...); len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) || len(packages) < 2 {
		t.Errorf("keys are %v", all)
	}
	for _, c := range []struct {
		name        string
		change      func(e *Environment)
		newSkeleton bool
		newPackages int
	}{
		{name: "the order in the lock", change: func(e *Environment) { slices.Reverse(e.Archives) }},
		{name: "names, addresses and places", change: func(e *Environment) {
			for i := range e.Archives {
				e.Archives[i].File, e.Archives[i].URL, e.Archives[i].Version = "x.whl", "https://mirror.example", "7"
			}
		}},
		{name: "the base's layers, and what it has", change: func(e *Environment) {
			e.OtherLayers, e.Python.Installed, e.Python.GLibc, e.Python.HasEnsurepip = 20, map[string]string{"idna": "3"}, "2.40", true
		}},
		{name: "a patch release", change: func(e *Environment) { e.Python.Version = "3.11.9" }, newSkeleton: true},
		{name: "the interpreter's place", change: func(e *Environment) { e.Python.Interpreter = "/usr/local/bin/python3" }, newSkeleton: true},
		{name: "pip", change: func(e *Environment) { e.Python.HasPip = false }, newSkeleton: true},
		{name: "an environment that the base has", change: func(e *Environment) { e.Python.Sites = []string{"/app/site-packages"} }, newSkeleton: true},
		{name: "a minor version", change: func(e *Environment) { e.Python.Version = "3.12.1" }, newSkeleton: true, newPackages: len(packages)},
		{name: "the environment's place", change: func(e *Environment) { e.Venv = "/venv" }, newSkeleton: true, newPackages: len(packages)},
		{name: "one wheel's hash", change: func(e *Environment) { e.Archives[2].SHA256 = strings.Repeat("b", 64) }, newPackages: 1},
	} {
		gotSkeleton, got := keys(c.change)
		changed := 0
		for _, key := range got {
			if !slices.Contains(packages, key) {
				changed++
			}
		}
		if (gotSkeleton != skeleton) != c.newSkeleton || changed != c.newPackages || len(got) != len(packages) {
			t.Errorf("%s: %d of %d layers changed, and the empty environment: %v", c.name, changed, len(got), gotSkeleton != skeleton)
		}
	}
	if house.fetched != nil {
		t.Errorf("keys fetched %v", house.fetched)
	}
}

// The layers unpacked are what the wheels have, and the empty environment.
func TestUnpackedPackages(t *testing.T) {
	house := &wheelhouse{dir: t.TempDir()}
	e := house.python311(
		house.demo(t),
		house.add(t, "large", map[string]string{"large/weights.bin": strings.Repeat("w", 5<<20)}),
		house.add(t, "namespace_a", map[string]string{"space/__init__.py": "# shared\n", "space/a.py": "a\n"}),
		house.add(t, "namespace_b", map[string]string{"space/__init__.py": "# shared\n", "space/b.py": "b\n"}),
	)
	var layers []v1.Layer
	for _, recipe := range pythonRecipes(t, e) {
		layers = append(layers, mustPack(t, recipe))
	}
	entries := wheels.Venv(e.Venv, e.Python.Target, nil)
	for _, archive := range e.Archives {
		wheel, err := wheels.OpenWheel(filepath.Join(house.dir, archive.SHA256), archive.File)
		if err != nil {
			t.Fatal(err)
		}
		defer wheel.Close()
		more, err := wheel.Entries(wheels.Scheme{Venv: e.Venv, Python: "3.11"})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, more...)
	}
	want := map[string]node{}
	for _, entry := range entries {
		want[entry.Path] = nodeOf(t, entry)
		for dir := path.Dir(entry.Path); dir != "."; dir = path.Dir(dir) {
			want[dir] = node{Type: tar.TypeDir, Mode: 0o755, Time: time.Unix(epoch, 0).UTC()}
		}
	}
	got := unpack(t, layers...)
	for name, n := range got {
		n.layer = 0
		got[name] = n
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(node{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := got["opt/venv/bin/demo"]; n.Mode != 0o755 || !strings.HasPrefix(n.Content, "#!/opt/venv/bin/python\n") {
		t.Errorf("demo is %+v", n)
	}
}

// nodeOf is what an entry is when it is unpacked.
func nodeOf(t *testing.T, entry wheels.Entry) node {
	t.Helper()
	if entry.Link != "" {
		return node{Type: tar.TypeSymlink, Mode: 0o777, Content: entry.Link, Time: contentTime(entry.Hash)}
	}
	content, err := entry.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	text, err := io.ReadAll(content)
	if err != nil {
		t.Fatal(err)
	}
	return node{Type: tar.TypeReg, Mode: entry.Mode, Content: string(text), Time: contentTime(entry.Hash)}
}

// A wheel of any size goes through a bounded part of memory.
func TestLargeWheelIsStreamed(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a wheel of 320 MB")
	}
	const size = 320 << 20
	house := &wheelhouse{dir: t.TempDir()}
	large := house.add(t, "large", map[string]string{"large/weights.bin": incompressible(size)})
	recipes := pythonRecipes(t, house.python311(large))
	peak := heapPeak(t)
	layer := mustPack(t, recipes[1])
	if got, err := layer.Size(); err != nil || got < size {
		t.Fatalf("the layer has %d bytes, %v", got, err)
	}
	held := peak()
	t.Logf("%d MB were held at the most", held>>20)
	if held > 8*spoolMemory {
		t.Errorf("%d MB were held for a wheel of %d MB", held>>20, size>>20)
	}
}

// heapPeak begins to watch the heap; the function returned ends that, and says
// by how many bytes it grew at the most. Garbage is collected often meanwhile.
func heapPeak(t *testing.T) func() int64 {
	t.Helper()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	heap := func() int64 {
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	runtime.GC()
	percent := debug.SetGCPercent(10)
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	before, most := heap(), int64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			most = max(most, heap())
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return most - before
	}
}

// incompressible is a text that no compressor makes smaller.
func incompressible(size int) string {
	var out strings.Builder
	out.Grow(size)
	source := rand.NewChaCha8([32]byte{1})
	for block := make([]byte, 1<<20); out.Len() < size; {
		_, _ = source.Read(block) // which never fails
		out.Write(block)
	}
	return out.String()
}

// What can't be fetched or isn't a wheel fails the layer, and says which.
func TestPythonLayerThatFails(t *testing.T) {
	house := &wheelhouse{dir: t.TempDir()}
	demo := house.demo(t)
	e := house.python311(demo)
	e.Fetch = func(context.Context, []wheels.Archive) ([]string, error) { return nil, errors.New("no network") }
	if _, err := pack(context.Background(), pythonRecipes(t, e)[1], t.TempDir()); err == nil || !strings.Contains(err.Error(), "no network") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(filepath.Join(house.dir, demo.SHA256), []byte("<html>"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := pack(context.Background(), pythonRecipes(t, house.python311(demo))[1], t.TempDir()); err == nil || !strings.Contains(err.Error(), demo.File) {
		t.Errorf("got %v", err)
	}
	e.OtherLayers = maxLayers - 20
	if _, err := PythonLayers(e); err == nil {
		t.Error("an image with too many layers was accepted")
	}
}

// Two wheels of one layer that disagree are told of, and the later one stays.
func TestConflictOfOneLayer(t *testing.T) {
	house := &wheelhouse{dir: t.TempDir()}
	first := house.add(t, "aaa", map[string]string{"shared.py": "first\n", "same.py": "same\n"})
	for i := range 100 { // until a name falls into the same bucket
		second := house.add(t, fmt.Sprintf("b%d", i), map[string]string{"shared.py": "second\n", "same.py": "same\n"})
		e := house.python311(first, second)
		recipes := pythonRecipes(t, e)
		if len(recipes) != 2 {
			continue
		}
		var told []string
		e.Conflict = func(path, first, second string) { told = append(told, path+" "+first+" "+second) }
		layer := mustPack(t, pythonRecipes(t, e)[1])
		const shared = "opt/venv/lib/python3.11/site-packages/shared.py"
		if diff := cmp.Diff([]string{"/" + shared + " aaa " + second.Name}, told); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got := unpack(t, layer)[shared].Content; got != "second\n" {
			t.Errorf("the image has %q", got)
		}
		return
	}
	t.Error("no two names share a bucket")
}
