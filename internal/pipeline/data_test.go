package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/repoclean"
)

// twoImages is the project with an image that has data and one that has none.
func twoImages(data string) string {
	return strings.Replace(projectFile, "  train: {base: scratch}\n", "  train: {base: scratch, default: true, data: "+data+"}\n  serve: {base: scratch}\n", 1)
}

// dataLayers are the layers of data of an image.
func dataLayers(image build.Image) []build.Layer {
	return slices.DeleteFunc(slices.Clone(image.Manifests[0].Layers), func(l build.Layer) bool { return l.Kind != build.KindData })
}

// TestDataOfAnImage: what an image names is a layer of it and of no other, is
// taken through Git LFS where git has a pointer, and is not sent again.
func TestDataOfAnImage(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(map[string]string{
		"gantline.yaml": twoImages("{tokens: tokens.model, tables: docs/tables}"),
		"docs/tables/a": strings.Repeat("row ", 5_000_000), "docs/tables/b": "b",
	}))
	r.commit("Tokens", map[string]string{"tokens.model": r.keep("tokens")})
	registry := newStore(t)
	images, err := registry.build(t, r.valid("HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	registry.whole(t, r.valid("HEAD"))
	made := dataLayers(images[0])
	if len(made) != 1 || !cmp.Equal(made[0].Data, []string{"tables", "tokens"}) || made[0].Reused {
		t.Errorf("data of train: %+v", made)
	}
	if other := dataLayers(images[1]); len(other) != 0 {
		t.Errorf("data of serve: %+v", other)
	}
	if err := os.RemoveAll(filepath.Join(r.dir, ".git", "lfs")); err != nil {
		t.Fatal(err)
	}
	r.commit("Code", map[string]string{"train": "other\n"})
	again, err := registry.build(t, r.valid("HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	if kept := dataLayers(again[0]); len(kept) != 1 || kept[0].Digest != made[0].Digest || !kept[0].Reused || again[0].Moved.Sent > 20_000 {
		t.Errorf("%d bytes sent; data: %+v", again[0].Moved.Sent, kept)
	}
	r.keep("tokens")
	registry.whole(t, r.valid("HEAD"))
}

// TestDataIsNamed: the verdicts say which image has a file as data, by which
// entry, and that it may have any size. In another image the context decides.
func TestDataIsNamed(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(map[string]string{
		"gantline.yaml": twoImages("{weights: weights.bin, docs: docs/w.bin}"),
		"weights.bin":   strings.Repeat("x", 10_000_001), "docs/w.bin": "docs",
	}))
	p := r.load("HEAD")
	files, err := p.Context(t.Context())
	if err != nil || len(files.Refusals) != 0 {
		t.Fatalf("%+v, %v", files.Refusals, err)
	}
	v, _ := files.Why("weights.bin")
	want := repoclean.Verdict{
		Path: v.Path, Size: v.Size, Mode: v.Mode, Hash: v.Hash, Included: true, Reason: repoclean.DataLayer,
		Rule: "weights.bin", Key: "images.train.data", At: "gantline.yaml:5:57", Elsewhere: repoclean.Included,
		Data: []repoclean.DataUse{{Image: "train", Name: "weights", Path: "weights.bin"}},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Error(diff)
	}
	if docs, _ := files.Why("docs/w.bin"); docs.In("serve").Reason != repoclean.ExcludedByPattern || docs.In("train").Reason != repoclean.DataLayer {
		t.Errorf("%+v", docs)
	}
	if len(p.Problems) != 1 || p.Problems[0].Position.String() != v.At || !strings.Contains(p.Problems[0].Message, `image "serve" has "weights.bin"`) {
		t.Errorf("%+v", p.Problems)
	}
}

// TestProblemsOfData: what is wrong with images.NAME.data, at its position.
func TestProblemsOfData(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"{none: none.bin}":                  `gantline.yaml:5:39: error no file of the commit is "none.bin" or below it`,
		"{link: link}":                      `gantline.yaml:5:39: error no file of the commit is "link" or below it`,
		"{bad: 'a[b'}":                      `gantline.yaml:5:38: error parsing pattern "/a[b": a [ has no ]`,
		"{m: 'm*'}":                         `gantline.yaml:5:36: warning "m" has 1.20 GB: every node`,
		"{one: raw, dir: docs, few: 'ra?'}": "",
		"{m: {files: 'm*', volume: true}}":  "",
	} {
		r := newRepository(t, example(map[string]string{
			"gantline.yaml": withData(data), "raw": "raw", "m1": strings.Replace(pointerTo("1"), "12345", "600000000", 1),
			"m2": strings.Replace(pointerTo("2"), "12345", "600000000", 1),
		}))
		if err := os.Symlink("raw", filepath.Join(r.dir, "link")); err != nil {
			t.Fatal(err)
		}
		r.commit("Link", nil)
		var got []string
		for _, problem := range r.load("HEAD").Problems {
			got = append(got, fmt.Sprintf("%s: %s %s", problem.Position, problem.Severity, problem.Message))
		}
		switch {
		case want == "" && len(got) == 0:
		case want == "" || len(got) != 1 || !strings.HasPrefix(got[0], want):
			t.Errorf("%s: %q, not %q", data, got, want)
		}
	}
}

// TestDigestsAreKept: what was read of a large blob is read no more, a damaged
// note is, and without a directory nothing is kept.
func TestDigestsAreKept(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(map[string]string{"large": strings.Repeat("x", 1<<20), "small": "x"}))
	file := func(path string) build.File {
		return build.File{Path: path, Hash: r.git("rev-parse", "HEAD:"+path), Content: &build.Content{InGit: true}}
	}
	files := []build.File{file("large"), {Path: "train"}, file("small"), file("large")}
	dir := t.TempDir()
	fill := func(dir string) []build.File {
		t.Helper()
		filled, err := pipeline.FillDigests(t.Context(), r.valid("HEAD").Repo, dir, files)
		if err != nil {
			t.Fatal(err)
		}
		return filled
	}
	first := fill(dir)
	if first[0].Content.OID == "" || first[0].Content.OID != first[3].Content.OID || first[2].Content.OID == first[0].Content.OID || files[0].Content.OID != "" {
		t.Errorf("%+v", first)
	}
	var notes []string
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			notes = append(notes, path)
		}
		return err
	}); err != nil || len(notes) != 1 {
		t.Fatalf("kept: %q, %v", notes, err)
	}
	other := strings.Repeat("0", 64)
	for text, want := range map[string]string{other + "\n": other, other: first[0].Content.OID, "": first[0].Content.OID, "rubbish\n": first[0].Content.OID} {
		if err := os.WriteFile(notes[0], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := fill(dir)[0].Content.OID; got != want {
			t.Errorf("with the note %q: %s, not %s", text, got, want)
		}
	}
	if diff := cmp.Diff(first, fill("")); diff != "" {
		t.Error(diff)
	}
}
