package build

import (
	"archive/tar"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestAnchors(t *testing.T) {
	for depth, want := range map[int][]int{
		0:    nil,
		1:    {0},
		2:    {0},
		3:    {0, 2},
		7:    {0, 4, 6},
		255:  {0, 128, 192, 224, 240, 248, 252, 254},
		256:  {0},
		287:  {0, 256, 272, 280, 284, 286},
		288:  {256},
		1000: {768, 896, 960, 992},
	} {
		if diff := cmp.Diff(want, Anchors(depth), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("depth %d (-want +got):\n%s", depth, diff)
		}
	}
}

// Rungs stay few, the lowest lags, and a commit shares all but its last rungs
// with the commit before it.
func TestAnchorsAreFewAndShared(t *testing.T) {
	changed := 0
	for depth := range 5000 {
		anchors := Anchors(depth)
		if len(anchors) > 9 || !slices.IsSorted(anchors) || len(slices.Compact(slices.Clone(anchors))) != len(anchors) {
			t.Fatalf("depth %d: %v", depth, anchors)
		}
		if depth > 0 && (anchors[0]%256 != 0 || depth-anchors[0] > 256+32 || anchors[len(anchors)-1] >= depth) {
			t.Fatalf("depth %d: %v", depth, anchors)
		}
		if depth > 1 && anchors[0] != Anchors(depth - 1)[0] {
			changed++
		}
	}
	if changed != 4999/256 {
		t.Errorf("the bottom moves %d times in 5000 commits", changed)
	}
}

// changedTree is another commit: files that come, go, move, and turn into
// directories, links and submodules.
func changedTree(rng *rand.Rand, files []File, blobs memBlobs) []File {
	more, moreBlobs := randomTree(rng)
	maps.Copy(blobs, moreBlobs)
	files = slices.DeleteFunc(slices.Clone(files), func(File) bool { return rng.IntN(4) == 0 })
	for i := range files {
		if rng.IntN(4) == 0 {
			files[i] = randomFile(rng, blobs, files[i].Path)
		}
	}
	for _, f := range more {
		// What is new takes the place of what it collides with.
		files = slices.DeleteFunc(files, func(old File) bool {
			return old.Path == f.Path || strings.HasPrefix(old.Path, f.Path+"/") || strings.HasPrefix(f.Path, old.Path+"/")
		})
		files = append(files, f)
	}
	return files
}

// Rule 5: the code's directory is the commit's files exactly, whatever the
// stages below are, over histories of random trees.
func TestLadderIsExact(t *testing.T) {
	under := dirty(t)
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		files, blobs := randomTree(rng)
		var stages [][]File
		for range rng.IntN(9) {
			stages = append(stages, files)
			files = changedTree(rng, files, blobs)
		}
		spec := treeSpec(files)
		holdToTree(t, seed, spec, blobs, append([]v1.Layer{under}, packLadder(t, spec, NewLadder(blobs, nil, stages...))...))
	}
}

// someData makes data of some files. Of an earlier commit's nobody looks up what
// it held.
func someData(rng *rand.Rand, files []File, blobs memBlobs, known bool) []File {
	files = slices.Clone(files)
	for i, f := range files {
		switch {
		case f.Mode != ModeFile && f.Mode != ModeExecutable || rng.IntN(3) > 0:
		case known:
			files[i] = asData(f, blobs[f.Hash], "")
		default:
			files[i].Content = &Content{InGit: true}
		}
	}
	return files
}

// The same holds where files are data, now or before: the code has their links,
// and the data directory has their contents and no others.
func TestLadderWithDataIsExact(t *testing.T) {
	under := dirty(t)
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 8))
		files, blobs := randomTree(rng)
		var stages [][]File
		for range rng.IntN(9) {
			stages = append(stages, someData(rng, files, blobs, false))
			files = changedTree(rng, files, blobs)
		}
		spec := treeSpec(someData(rng, files, blobs, true))
		layers := packLadder(t, spec, NewLadder(blobs, nil, stages...))
		holdToTree(t, seed, spec, blobs, append([]v1.Layer{under}, layers...))
		for _, layer := range layers {
			if layer.(*packed).Kind == KindCode {
				holdToEncoding(t, entries(t, layer))
			}
		}
	}
}

// Data that changes moves the rung of its links and no other.
func TestChangedDataKeepsTheRungs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	bottom, blobs := randomTree(rng)
	files := changedTree(rng, bottom, blobs)
	keys := func(content string) []string {
		data := inGit(blobs, "assets/model", "model", []byte(content))
		recipes, err := NewLadder(blobs, nil, append(bottom, data)).Code(treeSpec(append(files, data)))
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, r := range recipes {
			keys = append(keys, r.Key)
		}
		return keys
	}
	one, other := keys("one"), keys("other")
	if len(one) != 3 || len(other) != 3 || one[0] == other[0] || one[1] != other[1] || one[2] != other[2] {
		t.Errorf("keys are %q and %q", one, other)
	}
}

// Rule 5: every entry has the directory entries of its parents below code.to,
// a whiteout names no path that its layer adds, and no rung is empty.
func TestRungsFollowTheEncoding(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 6))
		files, blobs := randomTree(rng)
		stages := [][]File{files, files, changedTree(rng, files, blobs)}
		for _, layer := range packLadder(t, treeSpec(changedTree(rng, stages[2], blobs)), NewLadder(blobs, nil, stages...)) {
			if layer.(*packed).Kind != KindCode {
				continue
			}
			names := entries(t, layer)
			if len(names) == 0 {
				t.Fatalf("seed %d: an empty rung", seed)
			}
			holdToEncoding(t, names)
		}
	}
}

func holdToEncoding(t *testing.T, names []string) {
	t.Helper()
	seen := map[string]bool{"srv/code/": true}
	for _, name := range names {
		dir := name[:strings.LastIndexByte(strings.TrimSuffix(name, "/"), '/')+1]
		if seen[name] || !seen[dir] {
			t.Errorf("%q is there twice, or has no directory", name)
		}
		seen[name] = true
	}
	for _, name := range names {
		dir, hidden, ok := strings.Cut(name, whiteout)
		if ok && (seen[dir+hidden] || seen[dir+hidden+"/"]) {
			t.Errorf("%q hides what the layer adds", name)
		}
	}
}

// entries is the names in a layer, in order.
func entries(t *testing.T, layer v1.Layer) []string {
	t.Helper()
	content, err := layer.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	var names []string
	for r := tar.NewReader(content); ; {
		h, err := r.Next()
		if err == io.EOF {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}

// A vanished directory costs one whiteout, and a directory that a file replaces
// none.
func TestWhiteoutsAreTopmost(t *testing.T) {
	file := func(path string) File {
		return File{Path: path, Mode: ModeFile, Hash: strings.Repeat("a", 40)}
	}
	sub := File{Path: "s", Mode: ModeSubmodule, Hash: strings.Repeat("b", 40)}
	moved := sub
	moved.Hash = strings.Repeat("c", 40)
	for name, c := range map[string]struct {
		lower, upper []File
		gone, added  []string
	}{
		"directory":          {[]File{file("a/b/c"), file("a/b/d"), file("z")}, []File{file("z")}, []string{"a"}, nil},
		"part":               {[]File{file("a/b/c"), file("a/d")}, []File{file("a/d")}, []string{"a/b"}, nil},
		"file for directory": {[]File{file("a/b"), file("a/c")}, []File{file("a")}, nil, []string{"a"}},
		"directory for file": {[]File{file("a")}, []File{file("a/b")}, nil, []string{"a/b"}},
		"submodule for both": {[]File{file("s/x")}, []File{sub}, []string{"s/x"}, []string{"s"}},
		"submodule moves":    {[]File{sub}, []File{moved}, nil, nil},
		"a prefix is no dir": {[]File{file("ab"), file("a/c")}, []File{file("ab")}, []string{"a"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := between(c.lower, c.upper)
			var added []string
			for _, f := range r.added {
				added = append(added, f.Path)
			}
			if diff := cmp.Diff([2][]string{c.gone, c.added}, [2][]string{r.gone, added}, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Rule 1: two commits share the rungs below the one that differs, so that a
// neighbour's layers are known by their keys before a blob is read.
func TestCommitsShareRungs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	bottom, blobs := randomTree(rng)
	middle := changedTree(rng, bottom, blobs)
	keys := func(files []File) []string {
		recipes, err := NewLadder(nil, nil, bottom, middle).Code(treeSpec(files))
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, r := range recipes {
			keys = append(keys, r.Key)
		}
		return keys
	}
	one, other := keys(changedTree(rng, middle, blobs)), keys(changedTree(rng, middle, blobs))
	if len(one) != 3 || len(other) != 3 || one[0] != other[0] || one[1] != other[1] || one[2] == other[2] {
		t.Errorf("keys are %q and %q", one, other)
	}
	if same := keys(middle); len(same) != 2 || same[1] != one[1] {
		t.Errorf("the commit of an anchor has %q", same)
	}
}

// Trees of old commits may be hostile. Their stage is left out, whole.
func TestHostileStagesAreLeftOut(t *testing.T) {
	blobs := memBlobs{strings.Repeat("a", 40): []byte("x")}
	file := func(path string) File {
		return File{Path: path, Mode: ModeFile, Hash: strings.Repeat("a", 40), Size: 1}
	}
	spec := treeSpec([]File{file("train.py")})
	plain := entriesOf(t, spec, NewLadder(blobs, nil))
	for _, hostile := range [][]File{
		{file("../../etc/passwd")}, {file("a/../../../etc/passwd")}, {file("/etc/passwd")}, {file(".git/config")}, {file("")},
		{file(".wh.train.py")}, {file("a"), file("a")}, {file("a"), file("a/b")},
		{{Path: "a", Mode: "160755", Hash: strings.Repeat("a", 40)}}, {{Path: "a", Mode: ModeFile, Hash: "../x"}},
	} {
		if diff := cmp.Diff(plain, entriesOf(t, spec, NewLadder(blobs, nil, hostile))); diff != "" {
			t.Errorf("%+v (-without +with):\n%s", hostile, diff)
		}
	}
}

// entriesOf is the names in all layers of a Spec.
func entriesOf(t *testing.T, spec Spec, code Source) []string {
	t.Helper()
	var names []string
	for _, layer := range packLadder(t, spec, code) {
		names = append(names, entries(t, layer)...)
	}
	return names
}

// packLadder makes the layers of a Spec with a ladder's code.
func packLadder(t testing.TB, spec Spec, code Source) []v1.Layer {
	t.Helper()
	if err := spec.check(); err != nil {
		t.Fatal(err)
	}
	all, err := recipes(spec, code)
	if err != nil {
		t.Fatal(err)
	}
	var layers []v1.Layer
	for _, r := range all {
		layers = append(layers, mustPack(t, r))
	}
	return layers
}
