package build

import (
	"archive/tar"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"gantline.dev/gantline/internal/builder/buildertest"
)

// What a node mounts of a volume are its contents, each at its SHA-256, and
// nothing else: layers as they are, by gzip and by zstd.
func TestEnginesUnpackVolumes(t *testing.T) {
	buildertest.Require(t)
	type engine func(*testing.T, sample) map[string]node
	containerd := byContainerd(t)
	for how, engines := range map[Compression]map[string]engine{
		GzipWhereItPays: {"umoci": byUmoci, "containerd": containerd},
		ZstdWhereItPays: {"containerd": containerd}, // Debian's umoci knows no zstd
	} {
		s := newVolumeScene(t)
		s.add("weights/large.txt", "weights", strings.Repeat("more words ", largeData/8))
		spec := s.spec("# first")
		spec.Compression = how
		volume := volumeSample(t, s, spec)
		for engine, unpacked := range engines {
			t.Run(engine+" "+string(how), func(t *testing.T) {
				got := unpacked(t, volume)
				maps.DeleteFunc(got, func(name string, n node) bool { return n.Type == tar.TypeDir && name == "." })
				if diff := cmp.Diff(volume.want, got, cmpopts.IgnoreUnexported(node{})); diff != "" {
					t.Errorf("(-want +got):\n%.2000s", diff)
				}
			})
		}
	}
}

// volumeSample is the image of a Spec's only volume.
func volumeSample(t *testing.T, s *volumeScene, spec Spec) sample {
	t.Helper()
	out := sample{layout: t.TempDir(), want: map[string]node{}}
	if _, err := ToLayout(t.Context(), quick(t, nil, nil), s.options(), spec, out.layout); err != nil {
		t.Fatal(err)
	}
	index, err := layout.ImageIndexFromPath(out.layout)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(manifest.Manifests, func(m v1.Descriptor) bool { return strings.HasPrefix(m.Annotations[refName], "data-") })
	out.name = manifest.Manifests[at].Annotations[refName]
	out.archive = t.TempDir() + "/volume.tar"
	command(t, "tar", "-C", out.layout, "-cf", out.archive, ".")
	for _, f := range s.data {
		out.want[f.Content.OID] = node{Type: tar.TypeReg, Mode: 0o644, Time: contentTime(f.Content.OID), Content: s.lfs.contents[f.Content.OID]}
	}
	return out
}
