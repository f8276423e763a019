package build

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
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

// codeLayer packs the code layer of some files.
func codeLayer(t *testing.T, blobs Blobs, contents Contents, files ...File) (map[string]string, error) {
	t.Helper()
	recipes, err := WholeTree(blobs, contents).Recipes(treeSpec(files))
	if err != nil {
		t.Fatal(err)
	}
	layer, err := pack(t.Context(), recipes[0], t.TempDir())
	if err != nil {
		return nil, err
	}
	defer layer.close()
	content, err := layer.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for r := tar.NewReader(content); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if _, err := io.Copy(&text, r); err != nil {
			t.Fatal(err)
		}
		found[header.Name] = text.String()
		if header.Name == "srv/code/model" && !header.ModTime.Equal(contentTime(strings.Repeat("b", 40))) {
			t.Errorf("its time is %v, not that of the pointer", header.ModTime)
		}
	}
}

// TestContentTakesThePlaceOfItsPointer: the layer has what Git LFS keeps, which
// is fetched when the layer is written, not before, and all in one go.
func TestContentTakesThePlaceOfItsPointer(t *testing.T) {
	lfs, blobs := newKept(), memBlobs{strings.Repeat("a", 40): []byte("print(1)\n")}
	train := File{Path: "train.py", Mode: ModeFile, Hash: strings.Repeat("a", 40), Size: 9}
	files := []File{train, lfs.keep("model", strings.Repeat("weights ", 1000)), lfs.keep("more", "")}
	if _, err := WholeTree(blobs, lfs).Recipes(treeSpec(files)); err != nil || lfs.fetches != 0 {
		t.Fatalf("%d fetches for a key, %v", lfs.fetches, err)
	}
	got, err := codeLayer(t, blobs, lfs, files...)
	if err != nil {
		t.Fatal(err)
	}
	if got["srv/code/model"] != strings.Repeat("weights ", 1000) || got["srv/code/train.py"] != "print(1)\n" || got["srv/code/more"] != "" {
		t.Errorf("the layer has %d files", len(got))
	}
	if lfs.fetches != 1 {
		t.Errorf("%d fetches", lfs.fetches)
	}
	if _, err := codeLayer(t, blobs, lfs, train); err != nil || lfs.fetches != 1 {
		t.Errorf("a layer without such files fetches: %d, %v", lfs.fetches, err)
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
		{longer, lfs, "has 7 bytes, not 8"},
		{absent, lfs, "not fetched"},
	} {
		if _, err := codeLayer(t, memBlobs{}, c.contents, c.file); err == nil || !strings.Contains(err.Error(), c.want) {
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
