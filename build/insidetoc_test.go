package build

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/containerd/stargz-snapshotter/estargz"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"gantline.dev/gantline/internal/fakes/faultproxy"
)

// stargz is a layer as eStargz, and the digest of its table of contents.
func stargz(t testing.TB, content []byte) ([]byte, string) {
	t.Helper()
	blob, err := estargz.Build(io.NewSectionReader(bytes.NewReader(content), 0, int64(len(content))))
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close()
	packed, err := io.ReadAll(blob)
	if err != nil {
		t.Fatal(err)
	}
	return packed, blob.TOCDigest().String()
}

// Of an eStargz layer the table of contents is read, and tells what reading all
// of it tells. A table that is not the manifest's is not believed.
func TestLookInsideStargz(t *testing.T) {
	noise := make([]byte, 3<<20)
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	content := tarOf(t, "d/\nd/a 5\nd/ab 20000 b\nl -> d\nd/h => d/a\nd/.wh.x\nbig 3145728\nempty 0")
	if i := bytes.Index(content, bytes.Repeat([]byte("a"), 4096)); i > 0 {
		copy(content[i:], noise[:2<<20]) // what can't be compressed is what a read of all would move
	}
	packed, toc := stargz(t, content)
	for annotation, ranged := range map[string]bool{toc: true, "": false, "sha256:" + strings.Repeat("0", 64): false} {
		proxy := faultproxy.New(t, "http://"+newRegistry(t))
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed)), nil })
		if err != nil {
			t.Fatal(err)
		}
		image, err := mutate.Append(empty.Image, mutate.Addendum{Layer: layer, Annotations: map[string]string{estargz.TOCJSONDigestAnnotation: annotation}})
		if err != nil {
			t.Fatal(err)
		}
		image = mutate.MediaType(image, "application/vnd.oci.image.manifest.v1+json")
		ref, err := name.NewTag(proxy.Host() + "/lazy:1")
		if err == nil {
			err = gcr.Write(ref, image)
		}
		if err != nil {
			t.Fatal(err)
		}
		remote := quick(t, nil, nil)
		view, err := Look(t.Context(), remote, ref.String(), "")
		if err != nil {
			t.Fatal(err)
		}
		proxy.Reset()
		inside, err := LookInside(t.Context(), remote, InsideOptions{}, ref.String(), view.Layers())
		if err != nil {
			t.Fatal(err)
		}
		if moved := proxy.Counts().Of("GET", "blob").Out; ranged != (moved < int64(len(packed)/10)) {
			t.Errorf("with table %q %d bytes of %d are read", annotation, moved, len(packed))
		}
		whole, err := indexLayer(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		want, err := mergeLayers([]layerIndex{whole})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.cut(0), inside); diff != "" {
			t.Errorf("with table %q (-want +got):\n%s", annotation, diff)
		}
	}
}

func FuzzReadTOC(f *testing.F) {
	packed, toc := stargz(f, tarOf(f, "d/\nd/a 5"))
	at := bytes.LastIndex(packed[:len(packed)-estargz.FooterSize], []byte{0x1f, 0x8b})
	f.Add(packed[at:], toc)
	f.Fuzz(func(t *testing.T, packed []byte, want string) {
		index, err := readTOC(packed, want)
		if err == nil && len(index.entries) == 0 {
			t.Error("nothing was read, and nothing said of it")
		}
	})
}
