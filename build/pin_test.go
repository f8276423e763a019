package build

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
)

// pushIndex pushes an index of two platforms under repository:tag and gives
// both images' digests.
func pushIndex(t *testing.T, tag string) (index v1.Hash, children map[string]v1.Hash) {
	t.Helper()
	children = map[string]v1.Hash{}
	var ii v1.ImageIndex = empty.Index
	for _, arch := range []string{"amd64", "arm64"} {
		img, err := random.Image(500, 2)
		if err != nil {
			t.Fatal(err)
		}
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		config = config.DeepCopy()
		config.OS, config.Architecture = "linux", arch
		if img, err = mutate.ConfigFile(img, config); err != nil {
			t.Fatal(err)
		}
		if children[arch], err = img.Digest(); err != nil {
			t.Fatal(err)
		}
		ii = mutate.AppendManifests(ii, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{
			Platform: &v1.Platform{OS: "linux", Architecture: arch},
		}})
	}
	ref, err := name.NewTag(tag)
	if err != nil {
		t.Fatal(err)
	}
	if err := gcr.WriteIndex(ref, ii); err != nil {
		t.Fatal(err)
	}
	index, err = ii.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return index, children
}

func TestPin(t *testing.T) {
	host := newRegistry(t)
	tag := host + "/base/python:3"
	index, children := pushIndex(t, tag)
	remote := quick(t, nil, DirCache{t.TempDir()})
	pinned, err := Pin(context.Background(), remote, tag, []string{"linux/amd64", "linux/arm64"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"": pinned.Digest}
	for platform, p := range pinned.Platforms {
		got[platform] = p.Digest
		if p.Layers != 2 || p.Size < 1000 {
			t.Errorf("%s has %d layers of %d bytes", platform, p.Layers, p.Size)
		}
	}
	want := map[string]string{
		"": index.String(), "linux/amd64": children["amd64"].String(), "linux/arm64": children["arm64"].String(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("digests (-want +got):\n%s", diff)
	}
	byDigest, err := Pin(context.Background(), remote, host+"/base/python@"+children["arm64"].String(), []string{"linux/arm64"})
	if err != nil || byDigest.Digest != children["arm64"].String() {
		t.Errorf("an image by digest: %+v, %v", byDigest, err)
	}
}

func TestPinRefusals(t *testing.T) {
	host := newRegistry(t)
	tag := host + "/base/python:3"
	_, children := pushIndex(t, tag)
	for name, c := range map[string]struct{ ref, platform, want string }{
		"no such tag":      {host + "/base/python:4", "linux/amd64", "does not have it"},
		"no such platform": {tag, "linux/s390x", "no image for platform linux/s390x"},
		"another platform": {host + "/base/python@" + children["arm64"].String(), "linux/amd64", "it is for linux/arm64"},
		"no name":          {"UPPER CASE", "linux/amd64", "UPPER CASE"},
		"nobody there":     {"127.0.0.1:1/base", "linux/amd64", "reach"},
	} {
		_, err := Pin(context.Background(), quick(t, nil, nil), c.ref, []string{c.platform})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "resolving image") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// An environment may be an index: the platform's image is taken.
func TestIndexAsEnvironment(t *testing.T) {
	host := newRegistry(t)
	repo := newGitRepo(t)
	repo.write("a.py", "# a\n")
	spec := repo.spec(host, repo.commit("first"))
	index, _ := pushIndex(t, spec.Repository+":env-0")
	spec.Base.Environment = spec.Repository + "@" + index.String()
	spec.Platform = "linux/arm64"
	image := mustBuild(t, standard(quick(t, nil, nil), repo), spec)
	config, err := published(t, image.Ref()).ConfigFile()
	if err != nil || config.Architecture != "arm64" || len(config.RootFS.DiffIDs) != 5 {
		t.Errorf("config is %+v, %v", config, err)
	}
}

func TestEnvironmentElsewhere(t *testing.T) {
	spec, blobs := goldenSpec()
	host := newRegistry(t)
	spec.Repository = host + "/agent/train"
	for env, want := range map[string]string{
		host + "/other/repo@" + digestOf("a"):  "is not in repository",
		host + "/agent/train@" + digestOf("a"): "does not have it",
		host + "/agent/train:env-1":            "parsing environment",
	} {
		spec.Base.Environment = env
		_, err := standard(quick(t, nil, nil), blobs).Build(context.Background(), spec)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("environment %s: %v, want %q", env, err, want)
		}
	}
}
