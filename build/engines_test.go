package build

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	ggcr "github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"

	"gantline.dev/gantline/internal/builder/buildertest"
)

// sample is an image of a commit after a random history, in every way in which
// engines take images.
type sample struct {
	name    string
	want    map[string]node // below the code's directory
	layout  string          // an OCI layout that names the image so
	archive string          // the same as a tar
	ref     string          // in a registry
}

// Rule 5: containerd, umoci and BuildKit unpack what the layers are meant to be,
// over histories of random trees with data, above an environment that has files
// where the code goes.
func TestEnginesUnpackTheContext(t *testing.T) {
	buildertest.Require(t)
	under, host := dirty(t), newRegistry(t)
	var samples []sample
	for seed := range uint64(12) {
		samples = append(samples, newSample(t, host, under, seed))
	}
	for engine, unpacked := range map[string]func(*testing.T, sample) map[string]node{
		"umoci": byUmoci, "containerd": byContainerd(t), "BuildKit": byBuildKit(t),
	} {
		t.Run(engine, func(t *testing.T) {
			for _, s := range samples {
				got := below(unpacked(t, s), "srv/code")
				if diff := cmp.Diff(s.want, got, cmpopts.IgnoreUnexported(node{})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", s.name, diff)
				}
			}
		})
	}
}

func newSample(t *testing.T, host string, under v1.Layer, seed uint64) sample {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 11))
	files, blobs := randomTree(rng)
	var stages [][]File
	for range seed % 9 {
		stages = append(stages, someData(rng, files, blobs, false))
		files = changedTree(rng, files, blobs)
	}
	spec := treeSpec(someData(rng, files, blobs, true))
	s := sample{name: fmt.Sprintf("sample-%d", seed), want: withoutDirTimes(want(spec, blobs))}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}})
	if err == nil {
		image, err = mutate.AppendLayers(image, append([]v1.Layer{under}, packLadder(t, spec, NewLadder(blobs, nil, stages...))...)...)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.layout = filepath.Join(t.TempDir(), "layout")
	path, err := layout.Write(s.layout, empty.Index)
	if err == nil {
		err = path.AppendImage(image, layout.WithAnnotations(map[string]string{refName: s.name}))
	}
	if err != nil {
		t.Fatal(err)
	}
	s.archive = s.layout + ".tar"
	command(t, "tar", "-C", s.layout, "-cf", s.archive, ".")
	s.ref = host + "/unpack:" + s.name
	ref, err := ggcr.NewTag(s.ref)
	if err == nil {
		err = remote.Write(ref, image)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// withoutDirTimes leaves out when directories were changed: engines differ.
func withoutDirTimes(nodes map[string]node) map[string]node {
	out := maps.Clone(nodes)
	for name, n := range out {
		if n.Type == tar.TypeDir {
			n.Time = time.Time{}
			out[name] = n
		}
	}
	return out
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func byUmoci(t *testing.T, s sample) map[string]node {
	bundle := filepath.Join(t.TempDir(), "bundle")
	command(t, "umoci", "unpack", "--image", s.layout+":"+s.name, bundle)
	return readRoot(t, filepath.Join(bundle, "rootfs"))
}

// byContainerd starts a containerd of the test's own, which mounts images.
func byContainerd(t *testing.T) func(*testing.T, sample) map[string]node {
	t.Helper()
	dir := t.TempDir()
	config, socket := filepath.Join(dir, "config.toml"), filepath.Join(dir, "s")
	text := fmt.Sprintf("version = 2\nroot = %q\nstate = %q\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = %q\n",
		filepath.Join(dir, "root"), filepath.Join(dir, "state"), socket)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("containerd", "--config", config)
	var log bytes.Buffer
	daemon.Stdout, daemon.Stderr = &log, &log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		_ = daemon.Wait()
	})
	ctr := func(t *testing.T, args ...string) {
		command(t, "ctr", append([]string{"--address", socket}, args...)...)
	}
	for tried := 0; exec.Command("ctr", "--address", socket, "version").Run() != nil; tried++ {
		if tried == 100 {
			t.Fatalf("containerd does not answer:\n%s", &log)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return func(t *testing.T, s sample) map[string]node {
		mount := filepath.Join(t.TempDir(), "mount")
		if err := os.Mkdir(mount, 0o755); err != nil {
			t.Fatal(err)
		}
		ctr(t, "images", "import", "--base-name", "test.example.com/"+s.name, "--no-unpack", s.archive)
		ref := "test.example.com/" + s.name + ":" + s.name
		ctr(t, "images", "mount", ref, mount)
		defer ctr(t, "images", "unmount", "--rm", mount)
		return readRoot(t, mount)
	}
}

// byBuildKit has a daemon of the test's own write the image's files as a tar.
func byBuildKit(t *testing.T) func(*testing.T, sample) map[string]node {
	t.Helper()
	b := buildertest.Start(t)
	return func(t *testing.T, s sample) map[string]node {
		definition, err := llb.Image(s.ref).Marshal(t.Context(), llb.LinuxAmd64)
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		_, err = b.Client().Solve(t.Context(), definition, client.SolveOpt{Exports: []client.ExportEntry{{
			Type:   client.ExporterTar,
			Output: func(map[string]string) (io.WriteCloser, error) { return closer{&content}, nil },
		}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return readTar(t, &content)
	}
}

type closer struct{ io.Writer }

func (closer) Close() error { return nil }

// readTar is what a tar of one root has.
func readTar(t *testing.T, content io.Reader) map[string]node {
	t.Helper()
	out := map[string]node{}
	r := tar.NewReader(content)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return withoutDirTimes(out)
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeSymlink {
			text = []byte(h.Linkname)
		}
		out[strings.Trim(h.Name, "/")] = node{Type: h.Typeflag, Mode: h.Mode, UID: h.Uid, GID: h.Gid, Time: h.ModTime.UTC(), Content: string(text)}
	}
}

// readRoot is what lies below a directory.
func readRoot(t *testing.T, root string) map[string]node {
	t.Helper()
	out := map[string]node{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		n := node{Mode: int64(stat.Mode & 0o7777), UID: int(stat.Uid), GID: int(stat.Gid), Time: info.ModTime().UTC()}
		var text []byte
		switch {
		case info.IsDir():
			n.Type = tar.TypeDir
		case info.Mode().Type() == fs.ModeSymlink:
			n.Type = tar.TypeSymlink
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			text = []byte(target)
		default:
			n.Type = tar.TypeReg
			if text, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		n.Content = string(text)
		name, err := filepath.Rel(root, path)
		out[name] = n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return withoutDirTimes(out)
}
