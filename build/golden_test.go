package build

import (
	"crypto/sha1"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write goldens anew")

// goldenSpec has a file of each kind, a name that needs PAX, and content of
// several compressor blocks.
func goldenSpec() (Spec, memBlobs) {
	blobs := memBlobs{}
	add := func(path string, mode Mode, content string) File {
		sum := sha1.Sum([]byte(content))
		hash := hex.EncodeToString(sum[:])
		blobs[hash] = []byte(content)
		return File{Path: path, Mode: mode, Hash: hash, Size: int64(len(content))}
	}
	var big strings.Builder
	for i := 0; big.Len() < 5<<19; i++ {
		sum := sha1.Sum([]byte(fmt.Sprint(i)))
		fmt.Fprintf(&big, "%d %x\n", i, sum)
	}
	return treeSpec([]File{
		add("train.py", ModeFile, "print('hello')\n"),
		add("bin/run", ModeExecutable, "#!/bin/sh\n"),
		add("link", ModeSymlink, "bin/run"),
		add("empty", ModeFile, ""),
		add(strings.Repeat("deep/", 60)+"naïve", ModeFile, "x"),
		add("big.txt", ModeFile, big.String()),
		{Path: "sub", Mode: ModeSubmodule, Hash: strings.Repeat("c", 40)},
	}), blobs
}

// goldenData is a line for each way that a data layer can be written: words that
// compress, several windows of them, and noise that doesn't.
func goldenData(t *testing.T) string {
	var words strings.Builder
	for i := 0; words.Len() < 9<<20; i++ {
		fmt.Fprintf(&words, "%d tokens of %x\n", i, i*i*i)
	}
	got := ""
	for _, how := range []Compression{GzipWhereItPays, ZstdWhereItPays} {
		for name, content := range map[string][]byte{"words": []byte(words.String()), "noise": noise(1, 2<<20)} {
			blobs := memBlobs{}
			spec := treeSpec([]File{inGit(blobs, name, name, content)})
			spec.Compression = how
			layer := mustPack(t, WholeTree(blobs, nil).Data(spec)[0])
			got += fmt.Sprintf("%s of %s: %s %s\n", how, name, layer.media, layer.digest)
		}
	}
	lines := strings.SplitAfter(got, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// TestGoldenDigests fails when a byte of an image moved: through a change of
// ours, or an update of Go's archive/tar, of the compressor or of
// go-containerregistry. Whoever moves one raises Format.
func TestGoldenDigests(t *testing.T) {
	spec, blobs := goldenSpec()
	lfs := newKept()
	spec.Files = append(spec.Files, lfs.keep("model", "weights"))
	stage := append(slices.Clone(spec.Files[1:3]), File{Path: "gone/file", Mode: ModeFile, Hash: spec.Files[0].Hash, Size: spec.Files[0].Size})
	layers := packLadder(t, spec, NewLadder(blobs, lfs, stage))
	var made []madeLayer
	got := fmt.Sprintf("format %d\n", Format)
	for i, line := range digests(t, layers) {
		got += line + "\n"
		made = append(made, madeFrom(layers[i].(*packed)))
	}
	platform, err := spec.platform()
	if err != nil {
		t.Fatal(err)
	}
	image, err := assemble(spec, scratchImage(platform), made, nil)
	if err != nil {
		t.Fatal(err)
	}
	got += goldenData(t)
	got += fmt.Sprintf("config %s\nmanifest %s\n", image.configDescriptor.Digest, image.digest)

	const file = "testdata/digests.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("bytes moved: if they must, raise Format and run with -update (-want +got):\n%s", diff)
	}
}
