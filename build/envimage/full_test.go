package envimage_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/moby/buildkit/client"
	"github.com/sirupsen/logrus"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/builder/buildertest"
)

// password stands in everything of the host that must not leave it.
const password = "hunter2-never-in-an-image"

func TestBuild(t *testing.T) {
	buildertest.Require(t)
	registry := startRegistry(t)
	base := buildertest.Run(t, "base-image.sh", registry+"/base:bookworm")
	index := startIndex(t, wheel(t, "tiny", "1.0"))

	in := envimage.Inputs{
		Base:     base,
		Platform: "linux/amd64",
		Requirements: []envimage.File{{
			Path: "deps/requirements.lock",
			Data: []byte("tiny==1.0 --hash=sha256:" + index.hash + "\n"),
		}},
		BaseConstrains: true,
		Setup: []string{
			"pip check",
			"python -c 'import tiny, getpass; print(tiny.VALUE, file=open(\"/etc/from-setup\", \"w\"))'",
		},
		User: envimage.DefaultUser(1000, 1000),
	}
	var progress bytes.Buffer
	show, err := envimage.ShowOn(&progress, "plain")
	if err != nil {
		t.Fatal(err)
	}
	options := envimage.Options{Host: index.host, Progress: show}

	b := buildertest.Start(t)
	result, err := envimage.Build(t.Context(), b.Client(), in, registry+"/agent/train", options)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	image := pull(t, result)
	t.Run("what is in it", func(t *testing.T) { checkContent(t, image) })
	t.Run("nothing of the host", func(t *testing.T) {
		checkNoTrace(t, image, index)
		if strings.Contains(progress.String(), password) {
			t.Error("the password is in the progress that was shown")
		}
	})
	t.Run("times", func(t *testing.T) { checkTimes(t, image) })
	t.Run("the same on another builder", func(t *testing.T) {
		again, err := envimage.Build(t.Context(), buildertest.Start(t).Client(), in, registry+"/agent/again", options)
		if err != nil {
			t.Fatal(err)
		}
		if again.Digest != result.Digest {
			t.Errorf("two empty builders made %s and %s", result.Digest, again.Digest)
			explainDifference(t, image, pull(t, again))
		}
	})
	t.Run("nothing to run", func(t *testing.T) {
		empty := envimage.Inputs{Base: base, Platform: in.Platform, User: envimage.DefaultUser(0, 0)}
		result, err := envimage.Build(t.Context(), b.Client(), empty, registry+"/agent/empty", options)
		if err != nil {
			t.Fatal(err)
		}
		if layers, err := pull(t, result).Layers(); err != nil || len(layers) != 1 {
			t.Errorf("the image has %d layers (%v), want the base's", len(layers), err)
		}
	})
	t.Run("a failing command", func(t *testing.T) { checkFailure(t, b.Client(), in, registry, options) })
}

// checkFailure has a set-up command fail that prints a secret.
func checkFailure(t *testing.T, c *client.Client, in envimage.Inputs, registry string, o envimage.Options) {
	in.Setup = append(in.Setup, "exec 2>&1; echo looking; echo $PIP_INDEX_URL; echo it broke >&2; exit 7")
	_, err := envimage.Build(t.Context(), c, in, registry+"/agent/broken", o)
	var step *envimage.StepError
	if !errors.As(err, &step) {
		t.Fatalf("got %v, want a *StepError", err)
	}
	if !strings.HasPrefix(step.Step, "setup 3 of 3: ") || step.Err.Error() != "exit status 7" {
		t.Errorf("got step %q with %v, want setup 3 of 3 with exit status 7", step.Step, step.Err)
	}
	if !strings.Contains(step.Log, "looking\nhttps://****@") || !strings.HasSuffix(step.Log, "it broke") {
		t.Errorf("got log %q", step.Log)
	}
	if strings.Contains(err.Error(), password) {
		t.Errorf("the error holds the password: %v", err)
	}
}

// checkContent looks for what the inputs asked for.
func checkContent(t *testing.T, image v1.Image) {
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, entry := range config.Config.Env {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	want := map[string]string{
		"PATH":        envimage.Venv + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"VIRTUAL_ENV": envimage.Venv,
		"HOME":        "/home/gantline",
		"USER":        "gantline",
	}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if created := config.Created.Time; !created.Equal(time.Unix(315619200, 0)) {
		t.Errorf("created %v, want 1980-01-02", created)
	}
	files := flatten(t, image)
	for file, text := range map[string]string{
		"etc/from-setup": "1\n",
		"opt/gantline/venv/lib/python3.11/site-packages/tiny/__init__.py": "VALUE = 1\n",
	} {
		if got := string(files[file].data); got != text {
			t.Errorf("%s holds %q, want %q", file, got, text)
		}
	}
	if home := files["home/gantline"].header; home == nil || home.Uid != 1000 || home.Gid != 1000 {
		t.Errorf("home is %+v, want a directory of 1000:1000", home)
	}
	if passwd := string(files["etc/passwd"].data); !strings.HasSuffix(passwd, "gantline:x:1000:1000::/home/gantline:/bin/sh\n") {
		t.Errorf("passwd has no entry for the user:\n%s", passwd)
	}
}

// checkNoTrace looks for the host's settings in everything that was pushed but
// the base.
func checkNoTrace(t *testing.T, image v1.Image, index *packageIndex) {
	raw, err := image.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{"the configuration": raw}
	for _, layer := range newLayers(t, image) {
		for _, e := range layer {
			texts[e.header.Name] = e.data
			if strings.HasPrefix(e.header.Name, "run/") || strings.HasPrefix(e.header.Name, "root/") ||
				strings.Contains(e.header.Name, "__pycache__") {
				t.Errorf("a layer holds %q", e.header.Name)
			}
		}
	}
	for _, secret := range []string{password, index.url.Host, string(index.host.CABundle[30:90])} {
		for name, text := range texts {
			if bytes.Contains(text, []byte(secret)) {
				t.Errorf("%s holds the host's %q", name, secret)
			}
		}
	}
}

// checkTimes wants no file newer than the fixed time in the new layers.
func checkTimes(t *testing.T, image v1.Image) {
	for i, layer := range newLayers(t, image) {
		for _, e := range layer {
			if e.header.ModTime.Unix() > 315619200 && e.header.ModTime.After(time.Now().Add(-24*time.Hour)) {
				t.Errorf("layer %d: %s is of %v", i, e.header.Name, e.header.ModTime)
			}
		}
	}
}

// explainDifference lists the files in which two images differ.
func explainDifference(t *testing.T, a, b v1.Image) {
	one, two := flatten(t, a), flatten(t, b)
	for name, e := range one {
		other, found := two[name]
		switch {
		case !found:
			t.Errorf("only in the first: %s", name)
		case !bytes.Equal(e.data, other.data):
			t.Errorf("other content: %s", name)
		case !e.header.ModTime.Equal(other.header.ModTime):
			t.Errorf("other time: %s: %v, %v", name, e.header.ModTime, other.header.ModTime)
		}
	}
	for name := range two {
		if _, found := one[name]; !found {
			t.Errorf("only in the second: %s", name)
		}
	}
}

// entry is one file of a layer.
type entry struct {
	header *tar.Header
	data   []byte
}

// newLayers are the layers above the base, which is one layer.
func newLayers(t *testing.T, image v1.Image) [][]entry {
	t.Helper()
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	if len(layers) < 2 {
		t.Fatalf("the image has %d layers", len(layers))
	}
	var all [][]entry
	for _, layer := range layers[1:] {
		content, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, readTar(t, content))
	}
	return all
}

// flatten is the image's files by path.
func flatten(t *testing.T, image v1.Image) map[string]entry {
	t.Helper()
	files := map[string]entry{}
	for _, e := range readTar(t, mutate.Extract(image)) {
		files[strings.TrimPrefix(path.Clean(e.header.Name), "./")] = e
	}
	return files
}

func readTar(t *testing.T, content io.ReadCloser) []entry {
	t.Helper()
	defer content.Close()
	var all []entry
	for reader := tar.NewReader(content); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{header, data})
	}
}

func pull(t *testing.T, result envimage.Result) v1.Image {
	t.Helper()
	byTag, err := name.ParseReference(result.Repository + "@" + result.Digest)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(byTag)
	if err != nil {
		t.Fatal(err)
	}
	if digest, err := image.Digest(); err != nil || digest.String() != result.Digest {
		t.Fatalf("the tag has digest %s (%v), Build said %s", digest, err, result.Digest)
	}
	return image
}

// startRegistry is the host:port of a registry of this test.
func startRegistry(t *testing.T) string {
	t.Helper()
	config := &configuration.Configuration{Storage: configuration.Storage{
		"filesystem": configuration.Parameters{"rootdirectory": t.TempDir()},
	}}
	logrus.SetLevel(logrus.PanicLevel) // it logs every request
	config.HTTP.Secret = "of this test"
	server := httptest.NewServer(handlers.NewApp(context.Background(), config))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// packageIndex is a private index, reached only with the host's settings: its
// certificate is its own, and it wants a password.
type packageIndex struct {
	url  *url.URL
	host envimage.Host
	hash string // of the one wheel
}

func startIndex(t *testing.T, wheel []byte) *packageIndex {
	t.Helper()
	sum := sha256.Sum256(wheel)
	index := &packageIndex{hash: hex.EncodeToString(sum[:])}
	const file = "tiny-1.0-py3-none-any.whl"
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, got, _ := r.BasicAuth()
		switch {
		case user != "reader" || got != password:
			w.Header().Set("WWW-Authenticate", `Basic realm="index"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/simple/tiny/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<a href="/files/%s#sha256=%s">%s</a>`, file, index.hash, file)
		case r.URL.Path == "/files/"+file:
			_, _ = w.Write(wheel)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	var err error
	if index.url, err = url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	index.host = envimage.Host{
		CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
		Env:      map[string]string{"PIP_INDEX_URL": "https://reader:" + password + "@" + index.url.Host + "/simple/"},
	}
	return index
}

// wheel is a package of one module.
func wheel(t *testing.T, name, version string) []byte {
	t.Helper()
	info := fmt.Sprintf("%s-%s.dist-info/", name, version)
	files := []struct{ name, text string }{
		{name + "/__init__.py", "VALUE = 1\n"},
		{info + "METADATA", fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version)},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	}
	var record strings.Builder
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	add := func(name, text string) {
		file, err := writer.Create(name)
		if err == nil {
			_, err = file.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		sum := sha256.Sum256([]byte(f.text))
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.text))
		add(f.name, f.text)
	}
	add(info+"RECORD", record.String()+info+"RECORD,,\n")
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}
