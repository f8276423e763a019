package report

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/streams"
)

// sampleDigest is a digest that begins with a number.
func sampleDigest(n int) string {
	return fmt.Sprintf("sha256:%012x%s", 0x392ef765a9fa+n*0x1111, strings.Repeat("0", 52))
}

// layeredImage is an image of ours on a base of ten gigabytes, with hostile
// texts where another tool or a repository could have put them.
func layeredImage() Image {
	layers := []build.Layer{
		{Kind: build.KindBase, Size: 29_536_818}, {Kind: build.KindBase, Size: 4_212_345_678}, {Kind: build.KindBase, Size: 32},
		{Kind: build.KindSystem, Size: 84_123_456}, {Kind: build.KindPython, Size: 1_912_345_678, Key: "9fe4d2f1d8a2644218dd99555993c316"},
		{Kind: build.KindSetup, Size: 512_000}, {Kind: build.KindUser, Size: 902},
		{Kind: build.KindData, Size: 734_003_200}, {Kind: build.KindStep, Size: 2_345_678}, {Kind: build.KindFloor, Size: 146},
		{Kind: build.KindCode, Size: 1_843_200}, {Kind: build.KindCode, Size: 53_210}, {Kind: "vendor<b>\x1b[2J", Size: 4_096},
		{Kind: build.KindCode, Size: 160},
	}
	for i := range layers {
		layers[i].Digest, layers[i].MediaType = sampleDigest(i), "application/vnd.oci.image.layer.v1.tar+gzip"
	}
	view := &build.View{
		Image: build.Image{
			Name: "train", Repository: "registry.example.com/agent/train", Tag: "f592df7623aaa5b8e3c1ae2fa726c9caed4d223f",
			Digest: sampleDigest(99), Format: 2,
			Origin:    build.Origin{Commit: "f592df7623aaa5b8e3c1ae2fa726c9caed4d223f", Time: time.Date(2026, 1, 6, 12, 0, 0, 0, time.UTC)},
			Manifests: []build.Manifest{{Platform: "linux/amd64", Digest: sampleDigest(99), Layers: layers}},
		},
		Base: "nvcr.io/nvidia/pytorch:25.08-py3@" + sampleDigest(7), User: "1000:1000", Dir: "/workspace",
	}
	return Image{Name: "train", View: view, Inputs: []string{
		"ADD file:3bb1b2d1 in /", "apt-get update && apt-get install -y --no-install-recommends cuda-toolkit-13 && rm -rf /var/lib/apt/lists/* && " + strings.Repeat("echo long; ", 30),
		"", "gantline.lock", "gantline.lock", "setup in gantline.yaml", "user 1000:1000", "data/embeddings/train.parquet", "", "/workspace",
		"7a1c90de5f01 Move the evaluation into its own module", "b21cd4b28e24 Point to the runbook", "<script>\x1b[31m\nred", "f592df7623aa Train longer",
	}}
}

func sampleInside() *build.Inside {
	in := &build.Inside{
		Files: 218_432, Bytes: 17_812_345_678, Unpacked: 18_154_345_678, Wasted: 342_000_000, Copied: 93_000_000,
		Layers: make([]build.InsideLayer, 14), MoreHidden: 12,
		Largest: []build.InsideFile{
			{Path: "/usr/local/lib/python3.12/dist-packages/torch/lib/libtorch_cuda.so", Bytes: 1_512_345_678, Layer: 4},
			{Path: "/.gantline/data/" + strings.Repeat("5d", 32), Bytes: 790_003_200, Layer: 7},
			{Path: "/usr/lib/<b>\x1b[2Jhello.so", Bytes: 300_000, Layer: 1},
		},
		Hidden: []build.HiddenPath{
			{Path: "/root/.cache/pip/http-v2/a/9/torch.whl", Bytes: 340_000_000, Times: 1, Deleted: true, Layer: 4, By: 5},
			{Path: "/etc/passwd", Bytes: 1_900, Times: 2, Layer: 0, By: 6},
		},
		Duplicates: []build.InsideDuplicate{
			{Bytes: 46_500_000, Paths: []string{"/opt/nvidia/lib/libcudart.so.13", "/usr/local/cuda/lib64/libcudart.so.13", "/usr/local/lib/python3.12/dist-packages/nvidia/libcudart.so.13"}},
		},
	}
	for i := range in.Layers {
		in.Layers[i] = build.InsideLayer{Files: 15_000 / (i + 1), Bytes: 9_000_000_000 >> (2 * i)}
	}
	in.Layers[0].Wasted, in.Layers[4].Wasted = 1_900, 341_998_100
	return in
}

// againstNode is the sample on a node that has all layers of it up to one, and
// one higher.
func againstNode(image Image, lacks int) Image {
	layers := image.View.Layers()
	had := append(append([]build.Layer{}, layers[:lacks]...), layers[lacks+1])
	image.Against = &ImageAgainst{
		Name: "the image of 6a47c6502ae9", Digest: sampleDigest(50), Pull: build.PullOf(layers, had), Each: build.LayerPulls(layers, had),
	}
	return image
}

func sampleImages() map[string][]Image {
	inside := layeredImage()
	inside.Inside = sampleInside()
	against := againstNode(layeredImage(), 10)
	both := againstNode(inside, 10)
	small := layeredImage()
	small.Name, small.View = "registry.example.com/other/tiny:1", &build.View{Image: build.Image{
		Repository: "registry.example.com/other/tiny", Tag: "1", Digest: sampleDigest(3),
		Manifests: []build.Manifest{{Platform: "linux/arm64", Layers: []build.Layer{{Kind: build.KindBase, Digest: sampleDigest(1), Size: 30}}}},
	}}
	small.Inputs, small.Inside = []string{"COPY hello /"}, &build.Inside{Files: 1, Bytes: 10, Unpacked: 10, Layers: []build.InsideLayer{{Files: 1, Bytes: 10}}, Largest: []build.InsideFile{{Path: "/hello", Bytes: 10}}}
	volumes := againstNode(layeredImage(), 10)
	volumes.View.Volumes = []build.Volume{{Name: "tables", Digest: sampleDigest(60), Bytes: 2_000_000_000}, {Name: "weights", Digest: sampleDigest(61), Bytes: 30_000_000_000}}
	volumes.Against.Volumes = []build.VolumePull{{Name: "tables", How: build.PullNothing}, {Name: "weights", How: build.PullDownload, Bytes: 4_000_000_000}}
	return map[string][]Image{
		"image-volumes": {volumes},
		"image":         {layeredImage()}, "image-against": {against}, "image-inside": {inside}, "image-all": {both},
		"image-two": {small, {Name: "serve"}},
	}
}

func TestImages(t *testing.T) {
	for name, images := range sampleImages() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", written(t, func(w io.Writer) error { return ImagesText(w, images, streams.Palette{}, 110) }))
			golden(t, name+"-60.txt", written(t, func(w io.Writer) error { return ImagesText(w, images, streams.Palette{}, 60) }))
			golden(t, name+".json", written(t, func(w io.Writer) error { return ImagesJSON(w, images) }))
		})
	}
}
