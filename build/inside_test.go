package build

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// tarOf is a tar of lines: a path and a size, "PATH -> TARGET" for a symbolic
// link, "PATH => TARGET" for a hard one, a path that ends in / for a directory.
// A file's content is its size in the letter behind it, "a" where there is none.
func tarOf(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		var content []byte
		header := &tar.Header{Mode: 0o644}
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		switch header.Name = fields[0]; {
		case strings.HasSuffix(header.Name, "/"):
			header.Typeflag = tar.TypeDir
		case len(fields) == 3 && fields[1] == "->":
			header.Typeflag, header.Linkname = tar.TypeSymlink, fields[2]
		case len(fields) == 3 && fields[1] == "=>":
			header.Typeflag, header.Linkname = tar.TypeLink, fields[2]
		case len(fields) > 1:
			letter := "a"
			if _, err := fmt.Sscan(fields[1], &header.Size); err != nil {
				t.Fatal(err)
			}
			if len(fields) > 2 {
				letter = fields[2]
			}
			content = bytes.Repeat([]byte(letter), int(header.Size))
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(t testing.TB, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t testing.TB, plain []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(plain, nil)
}

// pushLayers pushes an image of layers of other tools, by their bytes.
func pushLayers(t testing.TB, ref string, layers ...v1.Layer) {
	t.Helper()
	config := &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}}
	image := mutate.MediaType(empty.Image, types.DockerManifestSchema2)
	image, err := mutate.ConfigFile(image, config)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range layers {
		image, err = mutate.Append(image, mutate.Addendum{Layer: l, History: v1.History{CreatedBy: fmt.Sprintf("/bin/sh -c step  %d", i)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := gcr.Write(parsed, image); err != nil {
		t.Fatal(err)
	}
}

// insideOf looks and then looks inside.
func insideOf(t testing.TB, remote *Remote, options InsideOptions, ref string) (Inside, error) {
	t.Helper()
	view, err := Look(context.Background(), remote, ref, "")
	if err != nil {
		t.Fatal(err)
	}
	return LookInside(context.Background(), remote, options, ref, view.Layers())
}

const insideLower = `
etc/
etc/motd 100
big 40000
sub/copy 40000`

const insideUpper = `
etc/.wh.motd
big 3 b
other 7`

// Layers of every kind that registries hold are read, once, whatever their
// media type says.
func TestLookInside(t *testing.T) {
	ref := newRegistry(t) + "/other/image:tag"
	lower := static.NewLayer(gzipped(t, tarOf(t, insideLower)), types.DockerLayer)
	upper := static.NewLayer(zstandard(t, tarOf(t, insideUpper)), types.OCILayerZStd)
	plain := static.NewLayer(tarOf(t, "last 20000 c"), types.OCIUncompressedLayer)
	pushLayers(t, ref, lower, upper, plain, lower)
	options := InsideOptions{Dir: filepath.Join(t.TempDir(), "layers")}
	var announced string
	var done atomic.Int64
	options.Announce = func(layers int, bytes int64, known int) { announced = fmt.Sprint(layers, bytes > 0, known) }
	options.Progress = func(now, _ int64) { done.Store(max(done.Load(), now)) }
	inside, err := insideOf(t, quick(t, nil, nil), options, ref)
	if err != nil {
		t.Fatal(err)
	}
	if announced != "3 true 0" || done.Load() == 0 {
		t.Errorf("announced %q, read %d bytes", announced, done.Load())
	}
	want := Inside{
		Files: 5, Bytes: 100 + 40000 + 40000 + 7 + 20000, Unpacked: 160307, Wasted: 60200, Copied: 40000,
		Layers: []InsideLayer{
			{Files: 3, Bytes: 80100, Wasted: 80100}, {Files: 2, Bytes: 10, Wasted: 3},
			{Files: 1, Bytes: 20000}, {Files: 3, Bytes: 80100},
		},
		Largest: []InsideFile{
			{"/big", 40000, 3}, {"/sub/copy", 40000, 3}, {"/last", 20000, 2}, {"/etc/motd", 100, 3}, {"/other", 7, 1},
		},
		Hidden: []HiddenPath{
			{Path: "/big", Bytes: 40003, Times: 2, Layer: 0, By: 3}, {Path: "/sub/copy", Bytes: 40000, Times: 1, By: 3},
			{Path: "/etc/motd", Bytes: 100, Times: 1, By: 1},
		},
		Duplicates: []InsideDuplicate{{40000, []string{"/big", "/sub/copy"}}},
	}
	want.Unpacked = 80100 + 10 + 20000 + 80100
	want.Wasted = want.Unpacked - want.Bytes
	if diff := cmp.Diff(want, inside); diff != "" {
		t.Error(diff)
	}

	done.Store(0)
	again, err := insideOf(t, quick(t, nil, nil), options, ref)
	if err != nil || announced != "0 false 3" || done.Load() != 0 {
		t.Errorf("the second time: announced %q, read %d bytes, %v", announced, done.Load(), err)
	}
	if diff := cmp.Diff(inside, again); diff != "" {
		t.Errorf("the second time:\n%s", diff)
	}
}

// The image of a commit is what its files are.
func TestLookInsideOurs(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("a.py", strings.Repeat("#", 20_000))
	repo.write("b/a.py", strings.Repeat("#", 20_000))
	spec := repo.spec(newRegistry(t), repo.commit("first"))
	remote := quick(t, nil, nil)
	image := mustBuild(t, standard(remote, repo), spec)
	inside, err := insideOf(t, remote, InsideOptions{Top: 1}, image.Ref())
	if err != nil {
		t.Fatal(err)
	}
	if inside.Wasted != 0 || inside.Copied != 20_000 || inside.Largest[0].Path != "/workspace/a.py" || len(inside.Largest) != 1 {
		t.Errorf("inside is %+v", inside)
	}
}

// Layers that are broken, or made to break a reader, are refused with the
// layer's digest.
func TestHostileLayers(t *testing.T) {
	whole := gzipped(t, tarOf(t, insideLower))
	deep := strings.Repeat("d/", 2100) + "f 1"
	tests := map[string]struct {
		content []byte
		want    string
	}{
		"truncated gzip":    {whole[:len(whole)/2], "unexpected EOF"},
		"truncated zstd":    {zstandard(t, tarOf(t, insideLower))[:60], "unexpected EOF"},
		"truncated tar":     {tarOf(t, insideLower)[:1000], "unexpected EOF"},
		"no tar":            {gzipped(t, bytes.Repeat([]byte("x"), 2000)), "invalid tar header"},
		"a path too long":   {gzipped(t, tarOf(t, deep)), "Linux takes 4095"},
		"a bad gzip":        {append([]byte{0x1f, 0x8b}, bytes.Repeat([]byte("x"), 100)...), "gzip"},
		"a huge zstd frame": {[]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0, 0, 0, 0}, "window size exceeded"},
	}
	host := newRegistry(t)
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			ref := host + "/hostile/image:" + strings.ReplaceAll(what, " ", "-")
			layer := static.NewLayer(test.content, types.OCILayer)
			pushLayers(t, ref, layer)
			dir := t.TempDir()
			_, err := insideOf(t, quick(t, nil, nil), InsideOptions{Dir: dir}, ref)
			digest, _ := layer.Digest()
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), digest.String()) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			if kept, _ := os.ReadDir(dir); len(kept) != 0 {
				t.Errorf("kept %v of it", kept)
			}
		})
	}
}

// A layer that a registry changed is not believed.
func TestLayerOfAnotherDigest(t *testing.T) {
	ref := newRegistry(t) + "/other/image:tag"
	layer := static.NewLayer(gzipped(t, tarOf(t, insideLower)), types.OCILayer)
	pushLayers(t, ref, layer)
	remote := quick(t, nil, nil)
	view, err := Look(context.Background(), remote, ref, "")
	if err != nil {
		t.Fatal(err)
	}
	layers := view.Layers()
	layers[0].Size--
	if _, err := LookInside(context.Background(), remote, InsideOptions{}, ref, layers); !errors.Is(err, errTooLong) {
		t.Errorf("too long: %v", err)
	}
	layers[0].Size += 2
	if _, err := LookInside(context.Background(), remote, InsideOptions{}, ref, layers); err == nil || !strings.Contains(err.Error(), "its manifest says") {
		t.Errorf("too short: %v", err)
	}
}

// What cancels a reading ends it, and with that error.
func TestLookInsideCancelled(t *testing.T) {
	ref := newRegistry(t) + "/other/image:tag"
	pushLayers(t, ref, static.NewLayer(tarOf(t, insideLower), types.OCIUncompressedLayer))
	remote := quick(t, nil, nil)
	view, err := Look(context.Background(), remote, ref, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	options := InsideOptions{Progress: func(int64, int64) { cancel() }}
	if _, err := LookInside(ctx, remote, options, ref, view.Layers()); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

// endless is a stream of headers without end.
type endless struct {
	block []byte
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.block[e.at:])
	e.at = (e.at + n) % len(e.block)
	return n, nil
}

// A layer of headers alone ends at a number of them.
func TestTooManyEntries(t *testing.T) {
	block := tarOf(t, "empty 0")[:512]
	scan := newLayerScan(&endless{block: block})
	scan.most = 1000
	if _, err := scan.run(); err == nil || !strings.Contains(err.Error(), "entries") {
		t.Errorf("error is %v", err)
	}
}

// A sparse file says that it has eight exabytes and holds 512 bytes: those
// count, and its holes aren't read.
func TestSparseFile(t *testing.T) {
	var out bytes.Buffer
	var records string
	for _, record := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=sparse.d", "GNU.sparse.realsize=1000000000000000"} {
		records += fmt.Sprintf("%d %s\n", len(record)+4, record) // two digits, a space and the newline
	}
	w := tar.NewWriter(&out)
	content := append([]byte("1\n0\n3\n"), make([]byte, 512-6)...) // the map of data: 3 bytes at 0
	content = append(content, "abc"...)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "x", Size: int64(len(content)), Format: tar.FormatUSTAR}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	index, err := indexLayer(bytes.NewReader(append(paxHeader(t, records), out.Bytes()...)))
	if err != nil || len(index.entries) != 1 {
		t.Fatalf("index is %+v, %v", index, err)
	}
	e := index.entries[0]
	if e.path != "sparse.d" || e.size > 2048 || e.content != (contentHash{}) {
		t.Errorf("entry is %+v", e)
	}
}

// paxHeader is the entry that gives the next one records, which Go's writer
// refuses to write.
func paxHeader(t *testing.T, records string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "p", Size: int64(len(records)), Format: tar.FormatUSTAR}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, records); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	raw := out.Bytes()
	raw[156] = tar.TypeXHeader
	sum := 8 * int(' ')
	for i, b := range raw[:512] {
		if i < 148 || i >= 156 {
			sum += int(b)
		}
	}
	copy(raw[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return raw
}
