package build

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestRebuild: an image made anew is published beside the commit's, whose tag
// stays where it was, whatever format that image has.
func TestRebuild(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("train.py", "print('hello')\n")
	commit := repo.commit("first")
	spec := repo.spec(newRegistry(t), commit)
	remote := quick(t, nil, nil)
	options := Options{Source: WholeTree(repo, nil)}

	first, err := Rebuild(t.Context(), remote, options, spec)
	if err != nil {
		t.Fatal(err)
	}
	if first.Before.Digest != "" || first.Same() || first.Image.Tag != commit+"-"+first.Image.Digest[7:19] {
		t.Errorf("without a commit's tag: %+v", first)
	}
	if digest, err := Find(t.Context(), remote, spec.Repository, commit); digest != "" || err != nil {
		t.Errorf("the commit got a tag: %s, %v", digest, err)
	}

	image := mustBuild(t, standard(remote, repo), spec)
	again, err := Rebuild(t.Context(), quick(t, nil, nil), options, spec)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Same() || again.Before.Digest != image.Digest || again.Image.Digest != first.Image.Digest {
		t.Errorf("the same: %+v", again)
	}
	for _, layer := range again.Image.Manifests[0].Layers {
		if layer.Reused {
			t.Errorf("layer %s was not made", layer.Kind)
		}
	}

	old := underTag(t, remote, spec, commit, image.Digest)
	other, err := Rebuild(t.Context(), quick(t, nil, nil), options, spec)
	if err != nil {
		t.Fatal(err)
	}
	if other.Same() || other.Before.Digest != old || other.Before.Format != 1 || other.Image.Digest != image.Digest || other.Image.Format != Format {
		t.Errorf("beside an old format: %+v", other)
	}
	if digest, err := Find(t.Context(), remote, spec.Repository, commit); digest != old || err != nil {
		t.Errorf("the commit's tag moved to %s, %v", digest, err)
	}
	published(t, spec.Repository+":"+other.Image.Tag)
}

// underTag puts an image of format 1 under the tag, made from another one's
// manifest. It gives the digest.
func underTag(t *testing.T, remote *Remote, spec Spec, tag, digest string) string {
	t.Helper()
	repo, err := remote.open(t.Context(), spec.Repository)
	if err != nil {
		t.Fatal(err)
	}
	found, err := repo.manifest(t.Context(), repo.Digest(digest))
	if err != nil {
		t.Fatal(err)
	}
	var m v1.Manifest
	if err := json.Unmarshal(found.Manifest, &m); err != nil {
		t.Fatal(err)
	}
	m.Annotations[labelFormat] = "1"
	old := &assembled{spec: spec}
	if old.manifest, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	if old.digest, _, err = v1.SHA256(strings.NewReader(string(old.manifest))); err != nil {
		t.Fatal(err)
	}
	if err := repo.put(t.Context(), tag, old); err != nil {
		t.Fatal(err)
	}
	return old.digest.String()
}

func TestRebuiltTag(t *testing.T) {
	if diff := cmp.Diff("c0ffee-0123456789ab", RebuiltTag("c0ffee", "sha256:0123456789abcdef")); diff != "" {
		t.Error(diff)
	}
}
