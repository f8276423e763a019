package pipeline_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/streams"
)

// greetWheel is a wheel of one module.
func greetWheel(t *testing.T) []byte {
	t.Helper()
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for _, member := range [][2]string{
		{"greet.py", "print('hello')\n"},
		{"greet-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: greet\nVersion: 1.0\n"},
		{"greet-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{"greet-1.0.dist-info/RECORD", "greet.py,,\ngreet-1.0.dist-info/METADATA,,\ngreet-1.0.dist-info/WHEEL,,\ngreet-1.0.dist-info/RECORD,,\n"},
	} {
		part, err := w.Create(member[0])
		if err == nil {
			_, err = io.WriteString(part, member[1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

// privateIndex has one package for those who log in, and counts the others.
func privateIndex(t *testing.T, wheel []byte) (server *httptest.Server, strangers *atomic.Int64) {
	strangers = &atomic.Int64{}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "hunter22" {
			strangers.Add(1)
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		switch r.URL.Path {
		case "/simple/greet/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<a href="/files/greet-1.0-py3-none-any.whl#sha256=%s">greet</a>`, sum(wheel))
		case "/files/greet-1.0-py3-none-any.whl":
			_, _ = w.Write(wheel)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, strangers
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// pythonFacts are those of a base with Debian's Python.
func pythonFacts(base string) build.Facts {
	const platform = "linux/amd64"
	return build.Facts{
		Of: build.FactsKey(base, platform, nil), Users: []string{"root:x:0:0:root:/root:/bin/sh"}, Groups: []string{"root:x:0:"},
		Python: &build.PythonFacts{Target: wheels.Target{
			Implementation: "cpython", Version: "3.11.2", ABI: "cp311", Interpreter: "/usr/bin/python3.11", GLibc: "2.36", Machine: "x86_64",
		}},
	}
}

// A project with a uv.lock is built without a builder, from an index that wants
// the login of a secret; its files, and nobody else's, are given it.
func TestPrivateIndex(t *testing.T) {
	wheel := greetWheel(t)
	index, strangers := privateIndex(t, wheel)
	registry := newStore(t)
	base, digest := registry.pushBase(t)
	lock := build.Lock{
		Step:         map[string]string{"linux/amd64": stepDigest},
		Bases:        map[string]build.Pinned{base: {Digest: digest, Platforms: map[string]build.PinnedPlatform{"linux/amd64": {Digest: digest, Layers: 1, Size: 1}}}},
		Environments: map[string]map[string]build.Facts{"train": {"linux/amd64": pythonFacts(digest)}},
	}
	python := fmt.Sprintf(`{base: %q, python: {requirements: pyproject.toml, index: {url: %q, secret: our-index}}}`, base, index.URL+"/simple")
	r := newRepository(t, example(map[string]string{
		"gantline.yaml":  strings.Replace(projectFile, "{base: scratch}", python, 1),
		"gantline.lock":  string(lock.Bytes()),
		"pyproject.toml": "[project]\nname = \"agent\"\nversion = \"1\"\ndependencies = [\"greet\"]\n",
		"uv.lock": fmt.Sprintf(`version = 1
requires-python = ">=3.11"

[[package]]
name = "agent"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "greet" }]

[package.metadata]
requires-dist = [{ name = "greet" }]

[[package]]
name = "greet"
version = "1.0"
source = { registry = %q }
wheels = [
    { url = %q, hash = "sha256:%s", size = %d },
]
`, index.URL+"/simple", index.URL+"/files/greet-1.0-py3-none-any.whl", sum(wheel), len(wheel)),
	}))
	var outputs []*streams.Double
	job := func(secret func(string) (wheels.Login, error)) pipeline.BuildJob {
		t.Helper()
		p := r.valid("HEAD")
		files, err := p.Context(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		means, shown := registry.means(t)
		outputs = append(outputs, shown)
		means.Secret = secret
		means.Wheels.Dir = t.TempDir()
		return pipeline.BuildJob{Project: p, Means: means, Files: files}
	}

	unset := errors.New("the secret is not set")
	_, err := job(func(string) (wheels.Login, error) { return wheels.Login{}, unset }).Run(t.Context(), pipeline.Destination{})
	if !errors.Is(err, unset) || !strings.Contains(err.Error(), index.URL) {
		t.Errorf("without the secret: %v", err)
	}
	_, err = job(func(string) (wheels.Login, error) {
		return wheels.Login{User: "me", Password: "wrong-password"}, nil
	}).Run(t.Context(), pipeline.Destination{})
	if err == nil || strangers.Load() == 0 || strings.Contains(err.Error(), "wrong-password") {
		t.Errorf("with a wrong one: %v", err)
	}
	strangers.Store(0)
	var asked []string
	images, err := job(func(name string) (wheels.Login, error) {
		asked = append(asked, name)
		return wheels.Login{User: "me", Password: "hunter22"}, nil
	}).Run(t.Context(), pipeline.Destination{})
	if err != nil {
		t.Fatal(err)
	}
	if strangers.Load() > 0 || len(asked) == 0 || asked[0] != "our-index" {
		t.Errorf("%d requests without a login; asked for the secrets %q", strangers.Load(), asked)
	}
	var kinds []build.Kind
	for _, layer := range images[0].Manifests[0].Layers {
		kinds = append(kinds, layer.Kind)
		if layer.Reused != (layer.Kind == build.KindBase) {
			t.Errorf("layer %s: reused is %v", layer.Kind, layer.Reused)
		}
	}
	want := []build.Kind{build.KindBase, build.KindPython, build.KindPython, build.KindUser, build.KindStep, build.KindFloor, build.KindCode}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("the order of the layers (-want +got):\n%s", diff)
	}

	means, _ := registry.means(t)
	view, err := build.Look(t.Context(), means.Remote, images[0].Ref(), "")
	if err != nil {
		t.Fatal(err)
	}
	if inputs := view.Inputs(); inputs[2] != "greet 1.0" {
		t.Errorf("what the layers are made from is told as %q", inputs)
	}

	// Registry, caches, temporary files and all that was shown.
	noTrace(t, filepath.Dir(t.TempDir()), "hunter22", "wrong-password")
	for _, shown := range outputs {
		if text := shown.Stdout() + shown.Stderr(); strings.Contains(text, "hunter22") || strings.Contains(text, "wrong-password") {
			t.Errorf("a password is shown:\n%s", text)
		}
	}
}

// noTrace looks for secrets in all files below a directory, and in what they
// hold compressed.
func noTrace(t *testing.T, root string, secrets ...string) {
	t.Helper()
	looked := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked++
		texts := [][]byte{content}
		if r, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
			if unpacked, err := io.ReadAll(r); err == nil {
				texts = append(texts, unpacked)
			}
		}
		for _, secret := range secrets {
			for _, text := range texts {
				if bytes.Contains(text, []byte(secret)) {
					t.Errorf("%s holds %q", path, secret)
				}
			}
		}
		return nil
	})
	if err != nil || looked < 20 {
		t.Errorf("%d files were looked at: %v", looked, err)
	}
}

// A lock in which one package has no hash is told of before anything runs; one
// without any hash is pip's.
func TestMissingHash(t *testing.T) {
	python := "{base: \"registry.example.com/base:1\", python: {requirements: r.lock}}"
	hashed := "one==1 --hash=sha256:" + strings.Repeat("a", 64) + "\n"
	for content, want := range map[string]string{
		hashed + "two==2\n": "r.lock:2:1: two has no --hash",
		"one==1\ntwo==2\n":  "",
	} {
		r := newRepository(t, example(map[string]string{"gantline.yaml": strings.Replace(projectFile, "{base: scratch}", python, 1), "r.lock": content}))
		var found string
		for _, p := range r.load("HEAD").Problems {
			if p.Position.File == "r.lock" {
				found += fmt.Sprintf("%s: %s", p.Position, p.Message)
			}
		}
		if found != want {
			t.Errorf("%q: %q, want %q", content, found, want)
		}
	}
}

// What gantline.yaml names as requirements and is no file of the commit is told
// for what it is.
func TestRequirementsThatAreNoFiles(t *testing.T) {
	python := `{base: "registry.example.com/base:1", python: {requirements: [locks, link.lock, gone.lock]}}`
	r := newRepository(t, example(map[string]string{
		"gantline.yaml": strings.Replace(projectFile, "{base: scratch}", python, 1), "locks/a.lock": "# none\n",
	}))
	if err := os.Symlink("/etc/passwd", filepath.Join(r.dir, "link.lock")); err != nil {
		t.Fatal(err)
	}
	r.commit("Link", nil)
	var got []string
	for _, p := range r.load("HEAD").Problems {
		if p.Rule == "requirements" {
			got = append(got, p.Message+"; "+p.Hint)
		}
	}
	want := []string{
		`"locks" is a directory; name the file in it`,
		`"link.lock" is a symbolic link or a submodule, and only files are read; put the file itself there, or name it`,
		`the commit has no file "gone.lock"; commit it, or name another`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
