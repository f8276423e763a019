package build

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// noise is bytes that nothing compresses.
func noise(seed uint64, size int) []byte {
	rng := rand.NewChaCha8([32]byte{byte(seed)})
	out := make([]byte, size)
	_, _ = rng.Read(out)
	return out
}

// inGit is a file of data whose content git has.
func inGit(blobs memBlobs, path, name string, content []byte) File {
	blob := sha1.Sum(content)
	hash := hex.EncodeToString(blob[:])
	blobs[hash] = content
	return asData(File{Path: path, Mode: ModeFile, Hash: hash, Size: int64(len(content))}, content, name)
}

func asData(f File, content []byte, name string) File {
	sum := sha256.Sum256(content)
	f.Content = &Content{OID: hex.EncodeToString(sum[:]), Size: int64(len(content)), InGit: true, Name: name}
	return f
}

// A layer is compressed where that pays, as its beginning tells, and its bytes
// depend neither on the pieces that it is written in nor on processors.
func TestCompressionWhereItPays(t *testing.T) {
	words := []byte(strings.Repeat("some words that come again ", 200_000))
	for name, c := range map[string]struct {
		how     Compression
		content []byte
		media   types.MediaType
	}{
		"code":                  {gzipAlways, noise(1, 3<<20), types.OCILayer},
		"words":                 {GzipWhereItPays, words, types.OCILayer},
		"words, zstd":           {ZstdWhereItPays, words, types.OCILayerZStd},
		"noise":                 {GzipWhereItPays, noise(2, 3<<20), types.OCIUncompressedLayer},
		"noise, zstd":           {ZstdWhereItPays, noise(2, 3<<20), types.OCIUncompressedLayer},
		"a little":              {ZstdWhereItPays, []byte("x"), types.OCILayerZStd},
		"nothing":               {GzipWhereItPays, nil, types.OCILayer},
		"noise after words":     {GzipWhereItPays, append(words[:2<<20:2<<20], noise(3, 1<<20)...), types.OCILayer},
		"words after noise":     {GzipWhereItPays, append(noise(4, 2<<20), words...), types.OCIUncompressedLayer},
		"less noise than words": {GzipWhereItPays, append(noise(4, 100<<10), words[:300<<10]...), types.OCILayer},
	} {
		t.Run(name, func(t *testing.T) {
			write := func(open func() io.Reader) Recipe {
				return Recipe{Kind: KindData, compression: c.how, write: func(_ context.Context, w *layerTar) error {
					return w.file("x", 0o644, owner{}, contentTime(strings.Repeat("0", 40)), int64(len(c.content)), open())
				}}
			}
			layer := mustPack(t, write(func() io.Reader { return bytes.NewReader(c.content) }))
			if layer.media != c.media || (layer.digest == layer.diffID) != (c.media == types.OCIUncompressedLayer) {
				t.Errorf("it is %s: %s of %s", layer.media, layer.digest, layer.diffID)
			}
			if got := unpack(t, layer)["x"].Content; got != string(c.content) {
				t.Errorf("it has %d bytes, not %d", len(got), len(c.content))
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
			for procs := 1; procs <= 4; procs++ {
				runtime.GOMAXPROCS(procs)
				again := mustPack(t, write(func() io.Reader {
					return pieces{io.NopCloser(bytes.NewReader(c.content)), rand.New(rand.NewPCG(uint64(procs), 4))}
				}))
				if again.digest != layer.digest || again.diffID != layer.diffID || again.media != layer.media {
					t.Errorf("on %d processors it is %s, not %s", procs, again.digest, layer.digest)
				}
			}
		})
	}
}

// Data that git has is a layer like that of Git LFS: one content, one key.
func TestDataOfGit(t *testing.T) {
	lfs, blobs := newKept(), memBlobs{}
	kept := lfs.keep("model", "weights")
	own := inGit(blobs, "weights", "model", []byte("weights"))
	if got, want := WholeTree(blobs, nil).Data(treeSpec([]File{own})), WholeTree(blobs, lfs).Data(treeSpec([]File{kept})); got[0].Key != want[0].Key {
		t.Errorf("key %s is not %s", got[0].Key, want[0].Key)
	}
	kept.Path = "copy"
	got, err := packFiles(t, blobs, nil, own, kept)
	if err != nil || lfs.fetches != 0 {
		t.Fatalf("%d fetches of what git has, %v", lfs.fetches, err)
	}
	at := dataPath(own.Content.OID)
	if got["srv/code/weights"] != at || got["srv/code/copy"] != at || got[at[1:]] != "weights" {
		t.Errorf("unpacked: %q", got)
	}
	unknown := own
	unknown.Content = &Content{Size: 7, InGit: true}
	spec := treeSpec([]File{unknown})
	if err := spec.check(); err != nil {
		t.Errorf("what is looked up later is refused: %v", err)
	}
	for name, digests := range map[string]func(context.Context, []File) ([]File, error){
		"none":     nil,
		"of none":  func(_ context.Context, files []File) ([]File, error) { return files, nil },
		"no blobs": func(context.Context, []File) ([]File, error) { return nil, errors.New("no blobs") },
		"wrong": func(context.Context, []File) ([]File, error) {
			return []File{{Path: "x", Mode: ModeFile, Hash: own.Hash, Content: &Content{OID: "x"}}}, nil
		},
	} {
		if _, err := (Options{Digests: digests}).digested(t.Context(), spec); err == nil {
			t.Errorf("%s: an image of data that nobody knows", name)
		}
	}
	wrong := own
	wrong.Content = &Content{OID: strings.Repeat("0", 64), Size: 7, InGit: true}
	if _, err := packFiles(t, blobs, nil, wrong); err == nil || !strings.Contains(err.Error(), "its content is") {
		t.Errorf("another content is taken: %v", err)
	}
}

func fileAt(spec Spec, path string) int {
	return slices.IndexFunc(spec.Files, func(f File) bool { return f.Path == path })
}

// holdToContents unpacks a published image and compares one file.
func holdToContents(t *testing.T, image v1.Image, at string, want []byte) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	if got := unpack(t, layers...)[at[1:]].Content; got != string(want) {
		t.Errorf("%s has %d bytes, not %d", at, len(got), len(want))
	}
}

// The next commit takes the data layers of the one before, however they are
// compressed. An image tells what is in them.
func TestDataIsNotSentAgain(t *testing.T) {
	for _, how := range []Compression{"", ZstdWhereItPays} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			repo, host := newGitRepo(t), newRegistry(t)
			contents := map[string][]byte{"words.txt": []byte(strings.Repeat("token ", 100_000)), "weights.bin": noise(5, 2<<20)}
			for path, content := range contents {
				repo.write(path, string(content))
			}
			spec := func(commit, only string, neighbours ...string) Spec {
				s := repo.spec(host, commit)
				s.Compression, s.Neighbours = how, neighbours
				for i, f := range s.Files {
					if content, ok := contents[f.Path]; ok && f.Path == only {
						s.Files[i] = asData(f, content, "the/"+f.Path)
					}
				}
				return s
			}
			remote := quick(t, nil, nil)
			for _, only := range []string{"words.txt", "weights.bin"} {
				repo.write("train.py", "# "+only)
				first := repo.commit("first")
				mustBuild(t, standard(remote, repo), spec(first, only))
				repo.write("train.py", "# again "+only)
				second := spec(repo.commit("second"), only, first)
				image := mustBuild(t, standard(remote, repo), second)
				data := image.Manifests[0].Layers[1]
				if data.Kind != KindData || !data.Reused || !cmp.Equal(data.Data, []string{"the/" + only}) {
					t.Errorf("%+v", data)
				}
				ref, err := name.ParseReference(image.Ref())
				if err != nil {
					t.Fatal(err)
				}
				pulled, err := gcr.Image(ref)
				if err != nil {
					t.Fatal(err)
				}
				holdToContents(t, pulled, dataPath(second.Files[fileAt(second, only)].Content.OID), contents[only])
				config, err := pulled.ConfigFile()
				if err != nil || config.History[1].CreatedBy != "gantline data the/"+only {
					t.Errorf("history: %+v, %v", config.History, err)
				}
				if v, err := Verify(t.Context(), remote, Options{Source: WholeTree(repo, nil)}, second); err != nil || !v.Same() {
					t.Errorf("verified: %+v, %v", v, err)
				}
			}
		})
	}
}
