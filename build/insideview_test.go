package build

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func TestIsReference(t *testing.T) {
	for text, want := range map[string]bool{
		"registry.example.com/agent/train:tag": true, "localhost:5000/a:b": true, "python:3.12-slim": true,
		"a/b@sha256:" + strings.Repeat("0", 64): true,
		"HEAD":                                  false, "main~3": false, "feature/x": false, "v1.2/x": false, "": false, ":/fix": false, ":0": false,
		"HEAD:docs": false, "HEAD^{/a: b}": false, "a/b@sha256:12": false, "main@{1 day ago: x}": false, "host:5000/": false,
	} {
		if got := IsReference(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// An image of ours says what its layers are made from.
func TestLookAtOurs(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("a.py", "# a\n")
	spec := repo.spec(newRegistry(t), repo.commit("first"))
	spec.Base = Base{Name: "python:3.12", Digest: "sha256:" + strings.Repeat("1", 64), Environment: pushEnvironment(t, spec.Repository, 2)}
	remote := quick(t, nil, nil)
	image := mustBuild(t, standard(remote, repo), spec)
	view, err := Look(context.Background(), remote, image.Repository+":"+spec.Commit, "")
	if err != nil {
		t.Fatal(err)
	}
	if view.Digest != image.Digest || view.Tag != spec.Commit || view.Origin.Commit != spec.Commit || view.Format != Format ||
		view.Base != spec.Base.Name+"@"+spec.Base.Digest || view.User != "1000:1000" || view.Dir != "/workspace" {
		t.Errorf("looks like %+v", view)
	}
	inputs := view.Inputs()
	if want := []string{"", "/workspace", spec.Commit[:12]}; !cmp.Equal(want, inputs[2:]) {
		t.Errorf("inputs are %q", inputs)
	}
	if view.Bytes() <= 0 || len(view.Layers()) != 5 {
		t.Errorf("%d bytes in %d layers", view.Bytes(), len(view.Layers()))
	}
}

// An image of another tool is described by its config: Docker's media types,
// commands of the history.
func TestLookAtOthers(t *testing.T) {
	ref := newRegistry(t) + "/other/image:tag"
	pushLayers(t, ref, static.NewLayer([]byte("not even a tar"), types.DockerLayer), static.NewLayer([]byte("nor this"), types.DockerLayer))
	view, err := Look(context.Background(), quick(t, nil, nil), ref, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"step 0", "step 1"}; !cmp.Equal(want, view.Inputs()) || view.Format != 0 || view.Base != "" {
		t.Errorf("looks like %+v, inputs %q", view, view.Inputs())
	}
}

// Of an index the platform is taken that is asked for.
func TestLookAtIndex(t *testing.T) {
	ref := newRegistry(t) + "/other/index:tag"
	index := v1.ImageIndex(empty.Index)
	digests := map[string]string{}
	for i, arch := range []string{"amd64", "arm64"} {
		image, err := random.Image(10, int64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		if image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: arch}); err != nil {
			t.Fatal(err)
		}
		digest, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests[arch] = digest.String()
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	parsed, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := gcr.WriteIndex(parsed, index); err != nil {
		t.Fatal(err)
	}
	for platform, arch := range map[string]string{"": "amd64", "linux/arm64": "arm64"} {
		view, err := Look(context.Background(), quick(t, nil, nil), ref, platform)
		if err != nil || view.Manifests[0].Digest != digests[arch] || view.Manifests[0].Platform != "linux/"+arch || view.Digest == digests[arch] {
			t.Errorf("%q: %+v, %v", platform, view, err)
		}
	}
	for _, platform := range []string{"linux/s390x", "nonsense/"} {
		if _, err := Look(context.Background(), quick(t, nil, nil), ref, platform); err == nil || !strings.Contains(err.Error(), "platform") {
			t.Errorf("%s: %v", platform, err)
		}
	}
}

func TestLookAtNothing(t *testing.T) {
	ref := newRegistry(t) + "/other/image"
	for _, at := range []string{":tag", "@sha256:" + strings.Repeat("0", 64)} {
		if _, err := Look(context.Background(), quick(t, nil, nil), ref+at, ""); err == nil || !strings.Contains(err.Error(), "does not have it") {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestCommandText(t *testing.T) {
	for text, want := range map[string]string{
		"gantline: set-up 1 of 1: pip check":          "set-up 1 of 1: pip check",
		"/bin/sh -c #(nop) ADD file:12 in / ":         "ADD file:12 in /",
		"RUN /bin/sh -c apt-get  update\n # buildkit": "apt-get update",
		"COPY / / # buildkit":                         "COPY / /",
		"gantline python":                             "",
		"gantline python torch 2.8.0,tqdm 4.67.1":     "torch 2.8.0, tqdm 4.67.1",
		"gantline code":                               "",
		"/bin/sh -c gantline check":                   "gantline check",
		"":                                            "",
		"#(nop)  CMD [\"python3\"]":                   "CMD [\"python3\"]",
	} {
		if got := commandText(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// LayerInputs has the keys that a build gives its layers.
func TestLayerInputs(t *testing.T) {
	spec, _ := goldenSpec()
	large := func(name string, size int64) File {
		return File{Path: name, Mode: ModeFile, Hash: strings.Repeat("a", 40), Content: &Content{OID: strings.Repeat(name[:1], 64), Size: size}}
	}
	spec.Files = append(spec.Files, large("1.bin", largeData), large("2.bin", 5), large("3.bin", 6))
	hostile := []File{{Path: "../x", Mode: ModeFile, Hash: strings.Repeat("b", 40)}}
	stages := [][]File{spec.Files[:2], hostile, spec.Files[:2], spec.Files[:3]}
	got := LayerInputs(spec, stages, []string{"first", "hostile", "same", "third", "own"})
	source := NewLadder(nil, nil, stages...)
	code, err := source.Code(spec)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for i, r := range slices.Concat(source.Data(spec), code) {
		want[r.Key] = []string{"1.bin", "2 files of data", "links to data", "first", "third", "own"}[i]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
