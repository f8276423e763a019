package pipeline_test

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/pipeline"
)

// onBase is the example with an image on a base that the registry has, and
// with the commands.
func onBase(t *testing.T, base, digest, finish string, more map[string]string) *repository {
	t.Helper()
	const platform = "linux/amd64"
	lock := build.Lock{
		Step:  map[string]string{platform: stepDigest},
		Bases: map[string]build.Pinned{base: {Digest: digest, Platforms: map[string]build.PinnedPlatform{platform: {Digest: digest, Layers: 1, Size: 1}}}},
		Environments: map[string]map[string]build.Facts{"train": {platform: {
			Of: build.FactsKey(digest, platform, nil), Users: []string{"root:x:0:0:root:/root:/bin/sh"}, Groups: []string{"root:x:0:"},
		}}},
	}
	files := example(map[string]string{
		"gantline.yaml": strings.Replace(projectFile, "{base: scratch}", fmt.Sprintf("{base: %q, code: {finish: %s}}", base, finish), 1),
		"gantline.lock": string(lock.Bytes()),
	})
	for name, content := range more {
		files[name] = content
	}
	return newRepository(t, files)
}

// pushBase puts an image of one layer into the registry.
func (s store) pushBase(t *testing.T) (base, digest string) {
	t.Helper()
	image, err := random.Image(100, 1)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	if image, err = mutate.ConfigFile(image, config); err != nil {
		t.Fatal(err)
	}
	base = s.Host() + "/base/debian:12"
	ref, err := name.NewTag(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatal(err)
	}
	hash, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return base, hash.String()
}

// finishJob is a commit's images, built with commands that the function runs.
func (s store) finishJob(t *testing.T, p *pipeline.Project, finish func(context.Context, envimage.Finish, string) (envimage.Result, error)) pipeline.BuildJob {
	t.Helper()
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	means, _ := s.means(t)
	means.Finish = finish
	return pipeline.BuildJob{Project: p, Means: means, Files: files}
}

func TestFinishPlanAndRun(t *testing.T) {
	registry := newStore(t)
	base, digest := registry.pushBase(t)
	r := onBase(t, base, digest, `[{run: make ext, inputs: ["*.c", "!old.c"]}, ./train]`,
		map[string]string{"a.c": "a\n", "old.c": "old\n", "b.py": "b\n"})
	var ran []envimage.Finish
	finish := func(_ context.Context, f envimage.Finish, repository string) (envimage.Result, error) {
		ran = append(ran, f)
		return envimage.Result{Repository: repository, Digest: strings.Split(f.Image, "@")[1]}, nil // changes nothing
	}
	explain := func() string {
		plans, err := registry.finishJob(t, r.valid("HEAD"), finish).Explain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(plans[0].Text(), "\n")
		return strings.Join(lines[len(lines)-2:], "\n")
	}
	run := func() {
		if _, err := registry.finishJob(t, r.valid("HEAD"), finish).Run(t.Context(), pipeline.Destination{}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(`  finish: make ext: run by BuildKit on 1 file, which pulls the environment
  finish: ./train: run by BuildKit on 4 files, which pulls the environment`, explain()); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	run()
	r.commit("Another file", map[string]string{"b.py": "c\n"})
	if diff := cmp.Diff(`  finish: make ext: its layer exists, for nothing changed that it sees
  finish: ./train: run by BuildKit on 4 files, which pulls the environment`, explain()); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	run()
	var names []string
	for _, f := range ran {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"finish 1 of 2: make ext", "finish 2 of 2: ./train", "finish 2 of 2: ./train"}, names); diff != "" {
		t.Errorf("ran (-want +got):\n%s", diff)
	}
}

// A command that moves in gantline.yaml is the same; another one is another
// image.
func TestOriginFollowsFinish(t *testing.T) {
	registry := newStore(t)
	base, digest := registry.pushBase(t)
	r := onBase(t, base, digest, `[{run: make, inputs: "*.c"}]`, map[string]string{"a.c": "a\n"})
	first := r.git("rev-parse", "HEAD")
	text := strings.Replace(projectFile, "{base: scratch}", fmt.Sprintf("{base: %q, code: {finish: [{run: make, inputs: \"*.c\"}]}}", base), 1)
	r.commit("A comment", map[string]string{"gantline.yaml": "# ours\n" + text})
	if got := originOf(t, r.valid("HEAD")).Origin.Commit; got != first {
		t.Errorf("a comment: the origin is %s, want %s", got, first)
	}
	changed := r.commit("Another input", map[string]string{"gantline.yaml": strings.Replace(text, "*.c", "*.h", 1)})
	if got := originOf(t, r.valid("HEAD")).Origin.Commit; got != changed {
		t.Errorf("another input: the origin is %s, want %s", got, changed)
	}
}

func TestFinishProblems(t *testing.T) {
	r := onBase(t, "debian:12", "sha256:"+strings.Repeat("1", 64), `[{run: make, inputs: ["a[", "*.rs", docs/, "!x", train]}]`, nil)
	var got []string
	for _, problem := range r.load("HEAD").Problems {
		got = append(got, problem.String())
	}
	want := []string{
		`gantline.yaml:5:67: parsing pattern "a[": a [ has no ]; write \[ for the character [pattern]`,
		`gantline.yaml:5:73: warning: no file of the commit matches "*.rs" [inputs]`,
		`gantline.yaml:5:81: warning: "docs/" matches only files that stay out of the image [inputs]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFinishRunsInABuilder compiles with a real builder: a command sees its
// inputs and what the one before left, as the image's user; commits that don't
// touch its inputs run nothing; another builder makes the same bytes.
func TestFinishRunsInABuilder(t *testing.T) {
	buildertest.Require(t)
	registry := newStore(t)
	base := registry.Host() + "/base/debian:bookworm"
	buildertest.Run(t, "base-image.sh", base)
	digest := strings.Split(buildertest.Run(t, "base-image.sh", base), "@")[1]
	const finish = `[{run: "tr a-z A-Z <src/a.c >a.so; ls -AR >seen; id -u >who; mktemp; echo kept >~/x; rm src/gone", inputs: [src/]},
      {run: "cat a.so setup.cfg >both; pwd >>both; echo $PYTHONPATH >>both; test ! -e train", inputs: setup.cfg}]`
	r := onBase(t, base, digest, finish, map[string]string{"src/a.c": "int a;\n", "src/gone": "gone\n", "setup.cfg": "[ext]\n"})

	ran := 0
	builder := buildertest.Start(t)
	run := func(ctx context.Context, f envimage.Finish, repository string) (envimage.Result, error) {
		ran++
		return envimage.RunFinish(ctx, builder.Client(), f, repository, envimage.Options{Host: envimage.Host{Env: map[string]string{"https_proxy": "http://proxy.invalid"}}})
	}
	made := func() build.Image {
		t.Helper()
		images, err := registry.finishJob(t, r.valid("HEAD"), run).Run(t.Context(), pipeline.Destination{})
		if err != nil {
			t.Fatal(err)
		}
		return images[0]
	}
	first := made()
	if ran != 2 {
		t.Errorf("the first commit ran %d commands, want 2", ran)
	}
	checkFinished(t, first)
	r.commit("Another file", map[string]string{"train": "another\n"})
	second := made()
	if ran != 2 || finishDigests(second) != finishDigests(first) {
		t.Errorf("a commit of another file ran %d commands, and has %s, %s", ran-2, finishDigests(second), finishDigests(first))
	}
	checkFinished(t, second)
	r.commit("An input", map[string]string{"setup.cfg": "[other]\n"})
	if third := made(); ran != 3 || finishDigests(third) == finishDigests(first) {
		t.Errorf("a commit of an input of the second ran %d commands, and has %s", ran-2, finishDigests(third))
	}

	other := newStore(t)
	buildertest.Run(t, "base-image.sh", other.Host()+"/base/debian:bookworm")
	builder = buildertest.Start(t)
	again := onBase(t, other.Host()+"/base/debian:bookworm", digest, finish, map[string]string{"src/a.c": "int a;\n", "src/gone": "gone\n", "setup.cfg": "[ext]\n"})
	images, err := other.finishJob(t, again.valid("HEAD"), run).Run(t.Context(), pipeline.Destination{})
	if err != nil {
		t.Fatal(err)
	}
	if finishDigests(images[0]) != finishDigests(first) {
		t.Errorf("two empty builders made %s and %s", finishDigests(first), finishDigests(images[0]))
	}

	again.commit("It breaks", map[string]string{"src/a.c": "int b;\n", "gantline.yaml": strings.Replace(
		again.git("show", "HEAD:gantline.yaml"), "tr a-z", "echo it broke >&2; exit 7; tr a-z", 1)})
	_, err = other.finishJob(t, again.valid("HEAD"), run).Run(t.Context(), pipeline.Destination{})
	var failed *envimage.StepError
	if !errors.As(err, &failed) || failed.Log != "it broke" || failed.Err.Error() != "exit status 7" || !strings.HasPrefix(failed.Step, "finish 1 of 2: echo") {
		t.Errorf("a command that fails: %v", err)
	}
}

// finishDigests are the digests of the layers that commands made.
func finishDigests(image build.Image) string {
	var all []string
	for _, l := range image.Manifests[0].Layers {
		if l.Kind == build.KindFinish {
			all = append(all, l.Digest)
		}
	}
	return strings.Join(all, " ")
}

// checkFinished looks for what the commands made, and for nothing else of them.
func checkFinished(t *testing.T, image build.Image) {
	t.Helper()
	ref, err := name.NewDigest(image.Ref())
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	files := mergedFiles(t, pulled)
	for file, want := range map[string]string{
		"workspace/a.so": "INT A;\n", "workspace/who": "1000\n", "home/gantline/x": "kept\n",
		"workspace/both": "INT A;\n[ext]\n/workspace\n/workspace\n",
		"workspace/seen": ".:\na.so\nseen\nsrc\n\n./src:\na.c\ngone\n",
	} {
		h, ok := files[file]
		if !ok || h.content != want {
			t.Errorf("%s holds %q, want %q", file, h.content, want)
			continue
		}
		if h.Uid != 1000 || h.Gid != 1000 || h.ModTime.Unix() != 315619200 {
			t.Errorf("%s is of %d:%d at %v", file, h.Uid, h.Gid, h.ModTime)
		}
	}
	if _, ok := files["workspace/src/gone"]; ok {
		t.Error("a file that a command removed is there")
	}
	if _, ok := files["workspace/train"]; !ok {
		t.Error("a file of the code is gone")
	}
	for file := range files {
		if strings.HasPrefix(file, "tmp/") || strings.HasPrefix(file, "run/gantline") {
			t.Errorf("the image has %s", file)
		}
	}
}

type mergedFile struct {
	*tar.Header
	content string
}

// mergedFiles are an image's regular files by path.
func mergedFiles(t *testing.T, image v1.Image) map[string]mergedFile {
	t.Helper()
	content := mutate.Extract(image)
	defer content.Close()
	files := map[string]mergedFile{}
	reader := tar.NewReader(content)
	for {
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		var text []byte
		if err == nil {
			text, err = io.ReadAll(reader)
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			files[path.Clean(h.Name)] = mergedFile{h, string(text)}
		}
	}
}
