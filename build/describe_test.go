package build

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestDescribeForeignImage(t *testing.T) {
	raw := `{"schemaVersion":2,"config":{"digest":"` + digestOf("a") + `","size":1},
		"layers":[{"digest":"` + digestOf("b") + `","size":7,"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip"}]}`
	image, err := describe(treeSpec(nil), []byte(raw), v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("c", 64)})
	if err != nil {
		t.Fatal(err)
	}
	if image.Format != 0 || image.Origin.Commit != "" || kinds(image) != "base" || image.Manifests[0].Layers[0].Size != 7 {
		t.Errorf("a foreign image is %+v", image)
	}
}

func TestDescribeIndex(t *testing.T) {
	raw := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
		{"digest":"` + digestOf("a") + `","platform":{"os":"linux","architecture":"arm64","variant":"v8"}},
		{"digest":"` + digestOf("b") + `"}]}`
	image, err := describe(treeSpec(nil), []byte(raw), v1.Hash{})
	if err != nil || len(image.Manifests) != 2 || image.Manifests[0].Platform != "linux/arm64/v8" || image.Manifests[1].Platform != "" {
		t.Errorf("an index is %+v, %v", image, err)
	}
}

// Only what says all that a new manifest needs is reused.
func TestKnownLayers(t *testing.T) {
	hash := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}
	whole := madeLayer{kind: KindCode, key: "k", digest: hash, diffID: hash, size: 3, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip"}.descriptor()
	spoil := func(change func(*v1.Descriptor)) v1.Descriptor {
		d := *whole.DeepCopy()
		change(&d)
		return d
	}
	for name, d := range map[string]v1.Descriptor{
		"no key":        spoil(func(d *v1.Descriptor) { delete(d.Annotations, noteKey) }),
		"no diff id":    spoil(func(d *v1.Descriptor) { delete(d.Annotations, noteDiffID) }),
		"bad diff id":   spoil(func(d *v1.Descriptor) { d.Annotations[noteDiffID] = "sha256:x" }),
		"another media": spoil(func(d *v1.Descriptor) { d.MediaType = "text/plain" }),
		"nothing":       {},
	} {
		if known := knownLayers([]v1.Descriptor{d}); len(known) != 0 {
			t.Errorf("%s: %+v", name, known)
		}
	}
	if known := knownLayers([]v1.Descriptor{whole}); known["k"].digest != hash || known["k"].size != 3 {
		t.Errorf("a whole layer: %+v", known)
	}
}

// A registry can answer anything.
func FuzzDescribe(f *testing.F) {
	f.Add([]byte(`{"layers":[{"annotations":{"gantline.dev/layer":"code","gantline.dev/key":"k"}}]}`))
	f.Add([]byte(`{"manifests":[{}],"annotations":{"org.opencontainers.image.created":"x"}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		spec := treeSpec(nil)
		image, err := describe(spec, raw, v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("c", 64)})
		if err == nil && (image.Repository != spec.Repository || image.Tag != spec.Commit) {
			t.Errorf("described as %+v", image)
		}
	})
}
