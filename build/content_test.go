package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// kept is what Git LFS keeps, in memory. A content can be opened only after it
// was fetched.
type kept struct {
	contents map[string]string // by OID
	fetched  map[string]bool
	fetches  int
	err      error
}

// Fetch implements Contents.
func (k *kept) Fetch(_ context.Context, files []File) error {
	k.fetches++
	for _, f := range files {
		k.fetched[f.Content.OID] = true
	}
	return k.err
}

// Open implements Contents.
func (k *kept) Open(oid string) (io.ReadCloser, int64, error) {
	content, ok := k.contents[oid]
	if !ok || !k.fetched[oid] {
		return nil, 0, errors.New("not fetched")
	}
	return io.NopCloser(strings.NewReader(content)), int64(len(content)), nil
}

// keep adds a content and gives the file that points to it.
func (k *kept) keep(path, content string) File {
	sum := sha256.Sum256([]byte(content))
	oid := hex.EncodeToString(sum[:])
	k.contents[oid] = content
	return File{
		Path: path, Mode: ModeFile, Hash: strings.Repeat("b", 40), Size: 130,
		Content: &Content{OID: oid, Size: int64(len(content))},
	}
}

func newKept() *kept { return &kept{contents: map[string]string{}, fetched: map[string]bool{}} }

// packFiles makes the layers of some files, and gives what is in them: of a
// link, where it leads.
func packFiles(t *testing.T, blobs Blobs, contents Contents, files ...File) (map[string]string, error) {
	t.Helper()
	all, err := recipes(treeSpec(files), WholeTree(blobs, contents))
	if err != nil {
		t.Fatal(err)
	}
	var layers []v1.Layer
	for _, recipe := range all {
		layer, err := pack(t.Context(), recipe, t.TempDir())
		if err != nil {
			return nil, err
		}
		t.Cleanup(layer.close)
		layers = append(layers, layer)
	}
	found := map[string]string{}
	for name, n := range unpack(t, layers...) {
		found[name] = n.Content
		if name == "srv/code/model" && !n.Time.Equal(contentTime(strings.Repeat("b", 40))) {
			t.Errorf("its time is %v, not that of the pointer", n.Time)
		}
	}
	return found, nil
}

// TestContentLiesOutsideOfTheCode: what Git LFS keeps is a layer of its own, to
// which the code links, fetched when that layer is written, not before, and all
// in one go.
func TestContentLiesOutsideOfTheCode(t *testing.T) {
	lfs, blobs := newKept(), memBlobs{strings.Repeat("a", 40): []byte("print(1)\n")}
	train := File{Path: "train.py", Mode: ModeFile, Hash: strings.Repeat("a", 40), Size: 9}
	weights := strings.Repeat("weights ", 1000)
	model, more := lfs.keep("model", weights), lfs.keep("more", "")
	again := model
	again.Path = "copy/of/model"
	files := []File{train, model, more, again}
	source := WholeTree(blobs, lfs)
	if _, err := source.Code(treeSpec(files)); err != nil || len(source.Data(treeSpec(files))) != 1 || lfs.fetches != 0 {
		t.Fatalf("%d fetches for keys, %v", lfs.fetches, err)
	}
	got, err := packFiles(t, blobs, lfs, files...)
	if err != nil {
		t.Fatal(err)
	}
	at := dataPath(model.Content.OID)
	want := map[string]string{
		"srv/code/model": at, "srv/code/copy/of/model": at, "srv/code/more": dataPath(more.Content.OID),
		"srv/code/train.py": "print(1)\n", at[1:]: weights, dataPath(more.Content.OID)[1:]: "",
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is %.60q", name, got[name])
		}
	}
	if lfs.fetches != 1 {
		t.Errorf("%d fetches", lfs.fetches)
	}
	if _, err := packFiles(t, blobs, lfs, train); err != nil || lfs.fetches != 1 {
		t.Errorf("layers without such files fetch: %d, %v", lfs.fetches, err)
	}
}

// TestDataLayers: a large content has a layer of its own, which no other
// content and no move of its file changes.
func TestDataLayers(t *testing.T) {
	content := func(path, digit string, size int64) File {
		return File{Path: path, Mode: ModeFile, Hash: strings.Repeat("b", 40), Content: &Content{OID: strings.Repeat(digit, 64), Size: size}}
	}
	large, larger, small := content("m", "1", largeData), content("n", "2", largeData+1), content("s", "3", largeData-1)
	keys := func(files ...File) []string {
		var keys []string
		for _, r := range WholeTree(nil, nil).Data(treeSpec(files)) {
			keys = append(keys, r.Key)
		}
		return keys
	}
	all := keys(small, large, larger)
	moved := large
	moved.Path = "elsewhere"
	other := keys(content("t", "4", 9), moved, larger)
	if len(all) != 3 || len(other) != 3 || all[0] != other[0] || all[1] != other[1] || all[2] == other[2] {
		t.Errorf("%q and %q", all, other)
	}
	program := large
	program.Mode = ModeExecutable
	if got := keys(program); got[0] == all[1] {
		t.Error("a program has the layer of a file")
	}
	var many []File
	for i := range 40 {
		many = append(many, content(strings.Repeat("x", i+1), "5", largeData+int64(i)))
		many[i].Content.OID = strings.Repeat("6", i) + many[i].Content.OID[i:]
	}
	if n := len(keys(many...)); n != maxLargeData+1 {
		t.Errorf("%d layers", n)
	}
}

// TestContentThatCannotBeHad: a layer with a pointer in the place of its content
// must not come to be.
func TestContentThatCannotBeHad(t *testing.T) {
	lfs := newKept()
	model := lfs.keep("model", "weights")
	longer := model
	longer.Content = &Content{OID: model.Content.OID, Size: 8}
	absent := model
	absent.Content = &Content{OID: strings.Repeat("0", 64), Size: 7}
	for _, c := range []struct {
		file     File
		contents Contents
		want     string
	}{
		{model, nil, "nothing is given that fetches"},
		{model, &kept{fetched: map[string]bool{}, err: errors.New("no network")}, "no network"},
		{longer, lfs, "has 7 B, not 8 B"},
		{absent, lfs, "not fetched"},
	} {
		if _, err := packFiles(t, memBlobs{}, c.contents, c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, not %q", err, c.want)
		}
	}
	for _, bad := range []File{
		{Path: "a", Mode: ModeSymlink, Hash: strings.Repeat("a", 40), Content: model.Content},
		{Path: "a", Mode: ModeFile, Hash: strings.Repeat("a", 40), Content: &Content{OID: strings.Repeat("a", 40)}},
		{Path: "a", Mode: ModeFile, Hash: strings.Repeat("a", 40), Content: &Content{OID: strings.Repeat("a", 64), Size: -1}},
	} {
		if err := treeSpec([]File{bad}).check(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
