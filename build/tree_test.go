package build

import (
	"archive/tar"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// randomTree is files with names that git allows and people rarely expect.
func randomTree(rng *rand.Rand) ([]File, memBlobs) {
	names := []string{
		"a", "a.b", "a-b", "train.py", "Makefile", "naïve", "名前", "with space", "new\nline", "tab\t",
		"bad\xff\xfeutf8", "-dash", "*", "..data", strings.Repeat("long", 30), "$HOME", `back\slash`, "wh.", "git",
	}
	blobs := memBlobs{}
	leaves, dirs := map[string]bool{}, map[string]bool{".": true}
	var files []File
	for range rng.IntN(60) {
		parts := make([]string, 1+rng.IntN(4))
		for i := range parts {
			parts[i] = names[rng.IntN(len(names))]
		}
		name := strings.Join(parts, "/")
		if leaves[name] || dirs[name] || hasLeafParent(leaves, name) {
			continue
		}
		leaves[name] = true
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			dirs[dir] = true
		}
		files = append(files, randomFile(rng, blobs, name))
	}
	return files, blobs
}

func hasLeafParent(leaves map[string]bool, name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if leaves[dir] {
			return true
		}
	}
	return false
}

func randomFile(rng *rand.Rand, blobs memBlobs, name string) File {
	content := []byte(strings.Repeat(fmt.Sprint(rng.Uint64()), 1+rng.IntN(200)))
	if rng.IntN(8) == 0 {
		content = nil
	}
	mode := []Mode{ModeFile, ModeFile, ModeExecutable, ModeSymlink, ModeSubmodule}[rng.IntN(5)]
	if mode == ModeSymlink {
		content = []byte([]string{"../../etc/passwd", "/abs", "a", "bad\xff"}[rng.IntN(4)])
	}
	sum := sha1.Sum(content)
	hash := hex.EncodeToString(sum[:])
	if mode != ModeSubmodule {
		blobs[hash] = content
	}
	return File{Path: name, Mode: mode, Hash: hash, Size: int64(len(content))}
}

func treeSpec(files []File) Spec {
	commit := strings.Repeat("0123456789", 4)
	return Spec{
		Project: "agent", Name: "train", Repository: "registry.example.com/agent/train",
		Commit: commit, Origin: Origin{Commit: commit, Time: time.Unix(1700000000, 0)},
		Files: files, To: "/srv/code", User: User{1000, 1000, "gantline", "/home/gantline"},
		Step: BinaryBytes([]byte("step")),
	}
}

// want is what the files are when they stand in the image.
func want(spec Spec, blobs memBlobs) map[string]node {
	out := map[string]node{}
	to := strings.TrimPrefix(spec.To, "/")
	dir := node{Type: tar.TypeDir, Mode: 0o755, UID: spec.User.UID, GID: spec.User.GID, Time: time.Unix(315619200, 0).UTC()}
	out[to] = dir
	for _, f := range spec.Files {
		for parent := path.Dir(f.Path); parent != "."; parent = path.Dir(parent) {
			out[path.Join(to, parent)] = dir
		}
		n := dir
		if f.Mode != ModeSubmodule {
			n.Content, n.Time = string(blobs[f.Hash]), contentTime(f.Hash)
		}
		switch f.Mode {
		case ModeFile:
			n.Type, n.Mode = tar.TypeReg, 0o644
		case ModeExecutable:
			n.Type, n.Mode = tar.TypeReg, 0o755
		case ModeSymlink:
			n.Type, n.Mode = tar.TypeSymlink, 0o777
		}
		if f.Content != nil {
			n.Type, n.Mode, n.Content = tar.TypeSymlink, 0o777, dataPath(f.Content.OID)
		}
		out[path.Join(to, f.Path)] = n
	}
	return out
}

// wantData is the contents of the files that are data, by where they are.
func wantData(spec Spec, blobs memBlobs) map[string]string {
	out := map[string]string{}
	for _, f := range spec.Files {
		if f.Content != nil {
			out[dataPath(f.Content.OID)[1:]] = string(blobs[f.Hash])
		}
	}
	return out
}

func below(root map[string]node, dir string) map[string]node {
	out := map[string]node{}
	for name, n := range root {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			out[name] = n
		}
	}
	return out
}

// dirty is an environment that has things where the code goes.
func dirty(t *testing.T) v1.Layer {
	return mustPack(t, Recipe{Kind: KindBase, write: func(_ context.Context, w *layerTar) error {
		for _, name := range []string{"srv/code/a/leftover.py", "srv/code/train.py/x", "srv/code/.hidden"} {
			if err := w.parents("", name, owner{}); err != nil {
				return err
			}
			if err := w.file(name, 0o600, owner{}, time.Unix(epoch, 0), 3, strings.NewReader("old")); err != nil {
				return err
			}
		}
		return nil
	}})
}

func TestUnpackedImageEqualsTree(t *testing.T) {
	under := dirty(t)
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		files, blobs := randomTree(rng)
		spec := treeSpec(files)
		if seed%2 == 0 {
			spec.Base.Environment = "registry.example.com/agent/train@sha256:" + strings.Repeat("0", 64)
		}
		holdToTree(t, seed, spec, blobs, append([]v1.Layer{under}, packAll(t, spec, blobs)...))
	}
}

// holdToTree unpacks layers and compares the code's directory with the files of
// the Spec.
func holdToTree(t *testing.T, seed uint64, spec Spec, blobs memBlobs, layers []v1.Layer) {
	t.Helper()
	root := unpack(t, layers...)
	if diff := cmp.Diff(want(spec, blobs), below(root, "srv/code"), cmpopts.IgnoreUnexported(node{})); diff != "" {
		t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
	}
	data := map[string]string{}
	for name, n := range below(root, dataDir[1:]) {
		if n.Type == tar.TypeReg {
			data[name] = n.Content
		}
	}
	if diff := cmp.Diff(wantData(spec, blobs), data); diff != "" {
		t.Fatalf("seed %d, data (-want +got):\n%s", seed, diff)
	}
}

// The code's parents belong to root, but a home directory to its user.
func TestParentsOfTheCode(t *testing.T) {
	dir := func(id int) node {
		return node{Type: tar.TypeDir, Mode: 0o755, UID: id, GID: id, Time: time.Unix(epoch, 0).UTC()}
	}
	for to, want := range map[string]map[string]node{
		"/srv/app/code":                {"srv": dir(0), "srv/app": dir(0), "srv/app/code": dir(1000)},
		"/home/gantline":               {"home": dir(0), "home/gantline": dir(1000)},
		"/home/gantline/src/agent":     {"home": dir(0), "home/gantline": dir(1000), "home/gantline/src": dir(1000), "home/gantline/src/agent": dir(1000)},
		"/home/gantlines/not-the-home": {"home": dir(0), "home/gantlines": dir(0), "home/gantlines/not-the-home": dir(1000)},
	} {
		spec := treeSpec(nil)
		spec.To = to
		root := unpack(t, packAll(t, spec, memBlobs{})...)
		for name, n := range want {
			if diff := cmp.Diff(n, root[name], cmpopts.IgnoreUnexported(node{})); diff != "" {
				t.Errorf("code.to %s: %s (-want +got):\n%s", to, name, diff)
			}
		}
	}
}

func TestSameFilesSameBytes(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 2))
		files, blobs := randomTree(rng)
		first := digests(t, packAll(t, treeSpec(files), blobs))
		rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		before := runtime.GOMAXPROCS(1)
		second := digests(t, packAll(t, treeSpec(files), blobs))
		runtime.GOMAXPROCS(before)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("seed %d: shuffled and on one processor (-first +second):\n%s", seed, diff)
		}
	}
}

func digests(t *testing.T, layers []v1.Layer) []string {
	t.Helper()
	var out []string
	for _, l := range layers {
		digest, _ := l.Digest()
		diffID, _ := l.DiffID()
		out = append(out, fmt.Sprintf("%s %s %s", l.(*packed).Kind, digest, diffID))
	}
	return out
}

// A key stands for bytes: files whose layers differ must differ in key too.
func TestKeyFollowsContent(t *testing.T) {
	base := treeSpec([]File{{Path: "a", Mode: ModeFile, Hash: strings.Repeat("a", 40), Size: 1}})
	key := func(change func(*Spec)) string {
		spec := base
		spec.Files = []File{base.Files[0]}
		change(&spec)
		r, err := WholeTree(memBlobs{}, nil).Code(spec)
		if err != nil || len(r) != 1 {
			t.Fatalf("%d recipes, %v", len(r), err)
		}
		return r[0].Key
	}
	same := key(func(*Spec) {})
	if got := key(func(s *Spec) { s.Commit = strings.Repeat("f", 40) }); got != same {
		t.Error("the commit changes the key")
	}
	for name, change := range map[string]func(*Spec){
		"path":    func(s *Spec) { s.Files[0].Path = "b" },
		"mode":    func(s *Spec) { s.Files[0].Mode = ModeExecutable },
		"blob":    func(s *Spec) { s.Files[0].Hash = strings.Repeat("b", 40) },
		"content": func(s *Spec) { s.Files[0].Content = &Content{OID: strings.Repeat("c", 64)} },
		"to":      func(s *Spec) { s.To = "/elsewhere" },
		"owner":   func(s *Spec) { s.User.GID = 7 },
		"more":    func(s *Spec) { s.Files = append(s.Files, File{Path: "z", Mode: ModeSubmodule, Hash: s.Files[0].Hash}) },
	} {
		if key(change) == same {
			t.Errorf("another %s does not change the key", name)
		}
	}
}

func TestChangedContentChangesTime(t *testing.T) {
	one, other := contentTime(strings.Repeat("0", 40)), contentTime(strings.Repeat("0", 39)+"1")
	if one.Equal(other) || one.Unix() != 315619200 || other.Unix() != 315619201 {
		t.Errorf("times are %v and %v", one, other)
	}
	if last := contentTime(strings.Repeat("f", 64)); last.Unix() != 315619200+1<<29-1 {
		t.Errorf("latest time is %v", last)
	}
}

// slowBlobs hands content out in small pieces of any length.
type slowBlobs struct {
	memBlobs
	rng *rand.Rand
}

// Open implements Blobs.
func (s slowBlobs) Open(hash string) (io.ReadCloser, int64, error) {
	content, size, err := s.memBlobs.Open(hash)
	return pieces{content, s.rng}, size, err
}

type pieces struct {
	io.ReadCloser
	rng *rand.Rand
}

// Read implements io.Reader.
func (p pieces) Read(b []byte) (int, error) {
	return p.ReadCloser.Read(b[:1+p.rng.IntN(len(b))])
}

func TestBytesDependOnNoProcessorAndNoPiece(t *testing.T) {
	spec, blobs := goldenSpec()
	want := digests(t, packAll(t, spec, blobs))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for procs := 1; procs <= 5; procs++ {
		runtime.GOMAXPROCS(procs)
		got := digests(t, packAll(t, spec, slowBlobs{blobs, rand.New(rand.NewPCG(uint64(procs), 3))}))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("on %d processors (-want +got):\n%s", procs, diff)
		}
	}
}

func TestSpoolSpills(t *testing.T) {
	dir := t.TempDir()
	for _, limit := range []int{0, 10, 1000} {
		s := newSpool(dir)
		s.limit = limit
		want := strings.Repeat("0123456789", 30)
		for i := range 30 {
			if _, err := s.Write([]byte(want[i*10 : i*10+10])); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			got, err := io.ReadAll(s.reader())
			if err != nil || string(got) != want || s.size != 300 {
				t.Errorf("limit %d: %d of %d bytes, %v", limit, len(got), s.size, err)
			}
		}
		if spilled := s.file != nil; spilled != (limit < 300) {
			t.Errorf("limit %d: spilled is %v", limit, spilled)
		}
		s.close()
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
