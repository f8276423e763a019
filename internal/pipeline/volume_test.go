package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/pipeline"
)

// withVolume is a project whose image has weights as a volume.
func withVolume(t *testing.T) *repository {
	t.Helper()
	r := newRepository(t, example(map[string]string{
		"gantline.yaml": withData("{weights: {files: weights, volume: true}, tokens: tokens.model}"),
		"tokens.model":  "tokens", "weights/words.txt": "words of the model",
	}))
	r.commit("Weights", map[string]string{"weights/model.bin": r.keep(strings.Repeat("weights ", 50_000))})
	return r
}

// explain is what a build of HEAD would do.
func (s store) explain(t *testing.T, r *repository) pipeline.BuildPlan {
	t.Helper()
	p := r.valid("HEAD")
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	means, _ := s.means(t)
	plans, err := pipeline.BuildJob{Project: p, Means: means, Files: files}.Explain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return plans[0]
}

// TestVolumeOfAnImage: data that is a volume is an image beside the image's, of
// which a commit of code moves nothing, whoever builds it.
func TestVolumeOfAnImage(t *testing.T) {
	t.Parallel()
	r := withVolume(t)
	registry := newStore(t)
	if text := registry.explain(t, r).Text(); !strings.Contains(text, "volume weights: 2 files, 400 kB; of its layers those are made and pushed") {
		t.Errorf("before the build: %s", text)
	}
	first, err := registry.build(t, r.valid("HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	registry.whole(t, r.valid("HEAD"))
	if v := first[0].Volumes; len(v) != 1 || v[0].Name != "weights" || v[0].Bytes == 0 {
		t.Fatalf("volumes: %+v", v)
	}
	if layers := dataLayers(first[0]); len(layers) != 1 || strings.Join(layers[0].Data, " ") != "tokens" {
		t.Errorf("layers of data: %+v", layers)
	}
	// Another machine, without the content.
	if err := os.RemoveAll(filepath.Join(r.dir, ".git", "lfs")); err != nil {
		t.Fatal(err)
	}
	r.commit("Code", map[string]string{"train": "other\n"})
	if text := registry.explain(t, r).Text(); !strings.Contains(text, "volume weights: 2 files, 400 kB: exists as data-") {
		t.Errorf("before the second build: %s", text)
	}
	registry.Reset()
	again, err := registry.build(t, r.valid("HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	if again[0].How != build.Built || len(again[0].Volumes) != 1 || again[0].Volumes[0] != first[0].Volumes[0] {
		t.Errorf("%s with %+v after %+v", again[0].How, again[0].Volumes, first[0].Volumes)
	}
	if sent := registry.Counts().Total().In; sent > 20_000 {
		t.Errorf("%d bytes sent", sent)
	}
	// A commit of other files has the same image.
	r.commit("Docs", map[string]string{"docs/data.md": "# More\n"})
	if docs, err := registry.build(t, r.valid("HEAD")); err != nil || docs[0].How != build.Tagged || docs[0].Volumes[0] != first[0].Volumes[0] {
		t.Errorf("%+v, %v", docs, err)
	}
}

// volumeOf is the reference of the volume in rendered objects, and whether the
// step mounts it where its code looks.
func volumeOf(objects []kube.Object, err error) (ref string, mounted bool) {
	if err != nil {
		return err.Error(), false
	}
	for _, object := range objects {
		text := string(object.JSON())
		if _, rest, ok := strings.Cut(text, `"reference":"`); ok {
			ref, _, _ = strings.Cut(rest, `"`)
			mounted = strings.Contains(text, `{"mountPath":"/.gantline/volumes/weights","name":"data-weights","readOnly":true}`)
		}
	}
	return ref, mounted
}

// TestVolumeIsRendered: pods mount the volume of the image that they run,
// whether it was built, found, or named by hand; a preview shows a stand-in.
func TestVolumeIsRendered(t *testing.T) {
	t.Parallel()
	r := withVolume(t)
	registry := newStore(t)
	p := r.valid("HEAD")
	means, _ := registry.means(t)
	unbuilt := "unbuilt:" + p.Commit.Hash
	if ref, mounted := volumeOf(p.RenderUnbuilt(t.Context(), means)); ref != unbuilt || !mounted {
		t.Errorf("a preview mounts %q, %t", ref, mounted)
	}
	images, err := registry.build(t, p)
	if err != nil {
		t.Fatal(err)
	}
	want := images[0].VolumeRef(images[0].Volumes[0])
	for name, render := range map[string]func() ([]kube.Object, error){
		"built":   func() ([]kube.Object, error) { return p.Render(images) },
		"preview": func() ([]kube.Object, error) { return p.RenderUnbuilt(t.Context(), means) },
		"found":   func() ([]kube.Object, error) { return p.RenderPinned(t.Context(), means, nil) },
		"by hand": func() ([]kube.Object, error) {
			return p.RenderPinned(t.Context(), means, map[string]string{"train": images[0].Ref()})
		},
	} {
		if ref, mounted := volumeOf(render()); ref != want || !mounted {
			t.Errorf("%s: %q, %t, not %q", name, ref, mounted, want)
		}
	}
	missing := strings.Replace(images[0].Ref(), "@sha256:", "@sha256:0000", 1)
	if ref, _ := volumeOf(p.RenderPinned(t.Context(), means, map[string]string{"train": missing[:len(missing)-4]})); !strings.Contains(ref, `looking for the volumes of image "train"`) {
		t.Errorf("an image that nobody has: %q", ref)
	}
}

// TestVolumeInFiles: a layout has the volume beside the image, an archive can't
// hold it.
func TestVolumeInFiles(t *testing.T) {
	t.Parallel()
	r := withVolume(t)
	p := r.valid("HEAD")
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	means, _ := newStore(t).means(t)
	job, dir := pipeline.BuildJob{Project: p, Means: means, Files: files}, t.TempDir()
	images, err := job.Run(t.Context(), pipeline.Destination{Layout: dir})
	if err != nil {
		t.Fatal(err)
	}
	index, err := os.ReadFile(filepath.Join(dir, "train", "index.json"))
	if err != nil || !strings.Contains(string(index), images[0].Volumes[0].Digest) {
		t.Errorf("the layout is %s, %v", index, err)
	}
	var refused *pipeline.RefusedError
	_, err = job.Run(t.Context(), pipeline.Destination{Archive: filepath.Join(dir, "a.tar")})
	if !errors.As(err, &refused) || !strings.Contains(refused.Reasons[0], "images.train.data.weights is a volume") {
		t.Errorf("an archive: %v", err)
	}
}
