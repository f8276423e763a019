package pipeline

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/streams"
)

// stored is a wheel of version 1 of a package that a store has.
func stored(t *testing.T, store *packageStore, name, requires string) wheels.Archive {
	t.Helper()
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for member, text := range map[string]string{
		"WHEEL": "Wheel-Version: 1.0\n", "RECORD": "", "METADATA": "Name: " + name + "\nVersion: 1\n" + requires,
	} {
		part, err := w.Create(name + "-1.dist-info/" + member)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content.Bytes())
	a := wheels.Archive{Name: name, Version: "1", File: name + "-1-py3-none-any.whl", SHA256: hex.EncodeToString(sum[:]), Kind: wheels.KindWheel}
	path := store.here(a)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return a
}

// What isn't met is told of the wheels that are here, with what is known of the
// others and of the base.
func TestUnmetRequirementsAreTold(t *testing.T) {
	var out bytes.Buffer
	printer := (&streams.Streams{Err: &out}).Printer(streams.Normal)
	store := newPackageStore(wheels.Store{Dir: t.TempDir()}, printer)
	own := ownLayers{
		imageBuild: &imageBuild{BuildJob: BuildJob{Means: &Means{Printer: printer}}},
		facts:      build.Facts{Python: &build.PythonFacts{Target: wheels.Target{Version: "3.11.2", Installed: map[string]string{"numpy": "1.20"}}}},
		locked:     &lockedPackages{packages: []wheels.Locked{{Name: "app", Extras: []string{"web"}}}},
	}
	archives := []wheels.Archive{
		stored(t, store, "app", "Requires-Dist: numpy>=1.26\nRequires-Dist: remote>=2\nRequires-Dist: gone\nRequires-Dist: flask ; extra == 'web'\nRequires-Dist: nose ; extra == 'test'\n"),
		{Name: "remote", Version: "1.5", File: "remote-1.5-py3-none-any.whl", SHA256: strings.Repeat("a", 64)}, // which isn't here
	}
	own.tellUnmet(store, archives)
	want := "note: app 1 needs flask, which is not there\n" +
		"note: app 1 needs gone, which is not there\n" +
		"note: app 1 needs numpy>=1.26, and numpy 1.20 is there\n" +
		"note: app 1 needs remote>=2, and remote 1.5 is there\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	out.Reset()
	own.tellUnmet(store, []wheels.Archive{stored(t, store, "many", strings.Repeat("Requires-Dist: x\n", 3)+"Requires-Dist: a\nRequires-Dist: b\nRequires-Dist: c\n"+
		"Requires-Dist: d\nRequires-Dist: e\nRequires-Dist: f\nRequires-Dist: g\nRequires-Dist: h\nRequires-Dist: i\nRequires-Dist: j\n")})
	if got := out.String(); strings.Count(got, "\n") != maxUnmet+1 || !strings.HasSuffix(got, "note: and 1 more such requirements\n") {
		t.Errorf("got %s", got)
	}
}
