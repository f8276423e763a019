package build

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// published pulls an image whole and checks every digest, diff id and size.
func published(t *testing.T, ref string) v1.Image {
	t.Helper()
	parsed, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	img, err := gcr.Image(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(img); err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return img
}

func mustBuild(t testing.TB, b Builder, spec Spec) Image {
	t.Helper()
	image, err := b.Build(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func standard(remote *Remote, blobs Blobs) Builder {
	return Existing(NewPublisher(remote, Options{Source: WholeTree(blobs, nil)}), remote)
}

func TestScratchImage(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("train.py", "print('hello')\n")
	commit := repo.commit("first")
	spec := repo.spec(newRegistry(t), commit)
	spec.Source = "https://example.com/agent.git"
	spec.Env = map[string]string{"PYTHONUNBUFFERED": "1"}
	spec.Labels = map[string]string{"team": "ml", labelRevision: "not mine to set"}
	image := mustBuild(t, standard(quick(t, nil, nil), repo), spec)

	config, err := published(t, image.Repository+":"+commit).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := v1.Config{
		User: "1000:1000", WorkingDir: "/workspace",
		Env: []string{
			"PYTHONPATH=/workspace", "HOME=/home/gantline", "USER=gantline",
			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONUNBUFFERED=1",
		},
		Labels: map[string]string{
			"team": "ml", labelRevision: commit, labelTitle: "agent/train", labelProject: "agent",
			labelFormat: strconv.Itoa(Format), labelCreated: "2023-11-14T22:13:20Z", labelSource: "https://example.com/agent.git",
		},
	}
	if diff := cmp.Diff(want, config.Config); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	if got := kinds(image); got != "home step floor code" {
		t.Errorf("layers are %q", got)
	}
	if image.How != Built || image.Ref() != image.Repository+"@"+image.Digest {
		t.Errorf("image is %+v", image)
	}
}

func kinds(image Image) string {
	text := ""
	for _, l := range image.Manifests[0].Layers {
		if text != "" {
			text += " "
		}
		text += string(l.Kind)
	}
	return text
}

// environment pushes an environment image of n layers; it gives its
// reference by digest.
func pushEnvironment(t testing.TB, repository string, n int) string {
	t.Helper()
	img, err := random.Image(1000, int64(n))
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", "amd64"
	config.Config.Env = []string{"PATH=/opt/venv/bin:/usr/bin", "PYTHONPATH=/opt/extra"}
	config.Config.Entrypoint = []string{"/entry"}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(repository + ":env-0123456789ab")
	if err != nil {
		t.Fatal(err)
	}
	if err := gcr.Write(tag, img); err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return repository + "@" + digest.String()
}

func TestCommits(t *testing.T) {
	host := newRegistry(t)
	repo := newGitRepo(t)
	for _, f := range []string{"a.py", "b/c.py", "b/d.py"} {
		repo.write(f, "# "+f+"\n")
	}
	first := repo.commit("first")
	env := pushEnvironment(t, host+"/agent/train", 60)
	cache := DirCache{t.TempDir()}
	builder := standard(quick(t, nil, cache), repo)
	of := func(commit, origin string, neighbours ...string) Spec {
		spec := repo.spec(host, commit)
		spec.Origin.Commit, spec.Neighbours = origin, neighbours
		spec.Base = Base{Environment: env, Name: "base:1", Digest: "sha256:" + first + first[:24]}
		return spec
	}

	one := mustBuild(t, builder, of(first, first))
	t.Logf("first commit: %+v", one.Moved)
	again := mustBuild(t, builder, of(first, first))
	if again.How != Found || again.Digest != one.Digest || again.Moved.Requests != 1 {
		t.Errorf("built again: %s %s, %+v", again.How, again.Digest, again.Moved)
	}

	docs := repo.commit("docs only")
	two := mustBuild(t, builder, of(docs, first))
	if two.How != Tagged || two.Digest != one.Digest || two.Origin.Commit != first {
		t.Errorf("docs-only commit: %s %s of %s", two.How, two.Digest, two.Origin.Commit)
	}
	t.Logf("docs-only commit: %+v", two.Moved)

	repo.write("a.py", "# changed\n")
	code := repo.commit("code")
	three := mustBuild(t, builder, of(code, code, first))
	t.Logf("code-only commit: %+v", three.Moved)
	if three.How != Built || three.Digest == one.Digest || three.Moved.Requests > 8 {
		t.Errorf("code-only commit: %s, %+v", three.How, three.Moved)
	}
	for i, l := range three.Manifests[0].Layers {
		if want := l.Kind != KindCode; l.Reused != want {
			t.Errorf("layer %d, %s: reused is %v", i, l.Kind, l.Reused)
		}
	}
	config, err := published(t, three.Repository+":"+code).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"PATH=/opt/venv/bin:/usr/bin", "PYTHONPATH=/workspace:/opt/extra", "HOME=/home/gantline", "USER=gantline"}
	if diff := cmp.Diff(want, config.Config.Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}

	// Where the nearest neighbours were not built, a farther one is found.
	repo.write("a.py", "# changed again\n")
	far := repo.commit("more code")
	unbuilt := []string{strings.Repeat("1", 40), strings.Repeat("2", 40), strings.Repeat("3", 40), strings.Repeat("4", 40)}
	four := mustBuild(t, builder, of(far, far, append(unbuilt, first, docs)...))
	if step := four.Manifests[0].Layers[len(four.Manifests[0].Layers)-3]; step.Kind != KindStep || !step.Reused {
		t.Errorf("with a far neighbour, the layer of gantline-step: %+v", step)
	}

	// Without the neighbour the digest is the same.
	os := NewPublisher(quick(t, nil, nil), Options{Source: WholeTree(repo, nil)})
	if alone := mustBuild(t, os, of(code, code)); alone.Digest != three.Digest {
		t.Errorf("without a neighbour the digest is %s, was %s", alone.Digest, three.Digest)
	}
}
