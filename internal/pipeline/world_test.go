package pipeline_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/registry"
	"gantline.dev/gantline/internal/streams"
)

// repository is a real git repository in which tests make history. Each commit
// is a day younger than the one before it.
type repository struct {
	t   *testing.T
	dir string
	day int
}

// newRepository has the files in one commit; none where there are none.
func newRepository(t *testing.T, files map[string]string) *repository {
	t.Helper()
	r := &repository{t: t, dir: t.TempDir()}
	r.git("init", "-q", "-b", "main")
	if len(files) > 0 {
		r.commit("First", files)
	}
	return r
}

// git runs git in the repository and returns what it printed.
func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	date := time.Date(2026, 1, 5+r.day, 12, 0, 0, 0, time.UTC).Format(time.RFC3339)
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com", "GIT_COMMITTER_DATE="+date,
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files, an empty content removes one, and commits everything.
func (r *repository) commit(message string, files map[string]string) string {
	r.t.Helper()
	r.day++
	r.write(files)
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", message)
	return r.git("rev-parse", "HEAD")
}

func (r *repository) write(files map[string]string) {
	r.t.Helper()
	for name, content := range files {
		path := filepath.Join(r.dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil && content == "" {
			err = os.Remove(path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(content), 0o644)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

// load is what a revision declares.
func (r *repository) load(rev string) *pipeline.Project {
	r.t.Helper()
	repo, err := gitrepo.Open(r.t.Context(), r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	commit, err := repo.Resolve(r.t.Context(), rev)
	if err != nil {
		r.t.Fatal(err)
	}
	project, err := pipeline.Load(r.t.Context(), repo, commit)
	if err != nil {
		r.t.Fatal(err)
	}
	return project
}

// valid is load, where nothing may be wrong.
func (r *repository) valid(rev string) *pipeline.Project {
	r.t.Helper()
	project := r.load(rev)
	if err := project.Valid(); err != nil {
		r.t.Fatalf("%v: %v", err, project.Problems)
	}
	return project
}

// step stands in for gantline-step: no test runs it.
var step = []byte("gantline-step of these tests\n")

// stepDigest is its SHA-256.
const stepDigest = "sha256:883036e8ba6ed43d4b5a7cd5a240a5a08a7cbf4fd0056a60ee264e38e65f89fc"

const projectFile = `version: 1
project: agent
flows: [workflows/*.yaml]
images:
  train: {base: scratch}
context:
  exclude: [docs/, "*.ipynb"]
deploy:
  branch: main
  targets:
    rendered: {git: gantline-rendered}
`

const nightlyFlow = `apiVersion: gantline.dev/v1
kind: Flow
name: nightly
schedule: {cron: "30 2 * * *", timezone: Europe/Berlin}
steps:
  train: {run: ["./train", "${{ commit }}"]}
`

// example is a small project; more are files beside it or instead of its own.
func example(more map[string]string) map[string]string {
	lock := build.Lock{Step: map[string]string{"linux/amd64": stepDigest}}
	files := map[string]string{
		"gantline.yaml":          projectFile,
		"gantline.lock":          string(lock.Bytes()),
		"workflows/nightly.yaml": nightlyFlow,
		"train":                  "train\n",
		"docs/data.md":           "# Data\n",
	}
	for name, content := range more {
		files[name] = content
	}
	return files
}

// store is a real registry with a proxy before it.
type store struct {
	*faultproxy.Proxy
	// behind is the registry's own address.
	behind string
}

func newStore(t *testing.T) store {
	t.Helper()
	app, err := registry.NewApp(context.Background(), t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(app)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients are cut off here
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	})
	return store{faultproxy.New(t, server.URL), server.URL}
}

// healthy is the same registry without the faults.
func (s store) healthy(t *testing.T) store {
	t.Helper()
	return store{faultproxy.New(t, s.behind), s.behind}
}

// fixedRegistry is a Means.Registry that always answers the host.
func fixedRegistry(host string) func(context.Context, string) (string, error) {
	return func(context.Context, string) (string, error) { return host, nil }
}

// readRecord is run.json of a directory.
func readRecord(t *testing.T, dir string) pipeline.Record {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	var record pipeline.Record
	if err := json.Unmarshal(content, &record); err != nil {
		t.Fatal(err)
	}
	return record
}

// means are those of a process that has just started: it knows nothing of the
// registry. Retries come at once.
func (s store) means(t *testing.T) (*pipeline.Means, *streams.Double) {
	t.Helper()
	remote, err := registry.New(registry.RemoteOptions{Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	double := streams.Test()
	return &pipeline.Means{
		Tool:     "0.0.0-test",
		Now:      func() time.Time { return time.Date(2026, 2, 1, 3, 4, 5, 0, time.UTC) },
		Printer:  double.Printer(streams.Normal),
		Registry: fixedRegistry(s.Host()),
		Remote:   build.NewRemote(remote, nil),
		Step: func(string) (build.Binary, error) {
			return build.Binary{
				Digest: stepDigest, Size: int64(len(step)),
				Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(step)), nil },
			}, nil
		},
		TempDir: t.TempDir(),
	}, double
}

// build builds the project's images.
func (s store) build(t *testing.T, p *pipeline.Project) ([]build.Image, error) {
	t.Helper()
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	means, _ := s.means(t)
	return pipeline.BuildJob{Project: p, Means: means, Files: files}.Run(t.Context(), pipeline.Destination{})
}

// digest is the digest under a tag of the image train; empty where the
// registry has none. It asks with a process of its own.
func (s store) digest(t *testing.T, tag string) string {
	t.Helper()
	means, _ := s.means(t)
	digest, err := build.Find(t.Context(), means.Remote, s.Host()+"/agent/train", tag)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// whole fails where a tag names an image whose layers can't all be read.
func (s store) whole(t *testing.T, p *pipeline.Project) {
	t.Helper()
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	means, _ := s.means(t)
	results, err := pipeline.BuildJob{Project: p, Means: means, Files: files}.Verify(t.Context())
	if err != nil {
		t.Errorf("the published image is not whole: %v", err)
	}
	for _, v := range results {
		if !v.Same() {
			t.Errorf("the published image %s is not what the commit makes", v.Name)
		}
	}
	var manifest struct {
		Config struct{ Digest string }
		Layers []struct{ Digest string }
	}
	if err := json.Unmarshal(s.get(t, "manifests/"+p.Commit.Hash), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest.Layers) == 0 {
		t.Error("the published image has no layers")
	}
	for _, blob := range append(manifest.Layers, manifest.Config) {
		sum := sha256.Sum256(s.get(t, "blobs/"+blob.Digest))
		if got := "sha256:" + hex.EncodeToString(sum[:]); got != blob.Digest {
			t.Errorf("blob %s has the content of %s", blob.Digest, got)
		}
	}
}

// get reads something of the image train from the registry itself.
func (s store) get(t *testing.T, what string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.behind+"/v2/agent/train/"+what, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/vnd.oci.image.manifest.v1+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", what, response.Status, err)
	}
	return content
}
