package agent_test

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gantline.dev/gantline/internal/wire"
)

// containers runs steps as a node does: each in a container of its own on the
// unpacked image, as the image's user, without a network. What a container
// writes is gone with it, all but its volume.
type containers struct {
	root   string // the unpacked image
	config v1.Config
}

func newContainers(t *testing.T, image v1.Image) containers {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "1000:1000" {
		t.Errorf("the image's user is %q", config.Config.User)
	}
	c := containers{filepath.Join(t.TempDir(), "root"), config.Config}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(c.root, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, layer := range layers {
		if err := unpack(layer, c.root); err != nil {
			t.Fatalf("unpacking layer %d: %v", i, err)
		}
	}
	return c
}

// unpack lays a layer on what the lower ones left: first it removes what the
// layer hides, then tar writes what it has.
func unpack(layer v1.Layer, root string) error {
	if err := hide(layer, root); err != nil {
		return err
	}
	content, err := layer.Uncompressed()
	if err != nil {
		return err
	}
	defer content.Close()
	cmd := exec.Command("tar", "--extract", "--directory", root, "--numeric-owner", "--same-owner", "--preserve-permissions",
		"--wildcards", "--exclude", ".wh.*")
	cmd.Stdin = content
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// hide removes what a layer's whiteouts name.
func hide(layer v1.Layer, root string) error {
	content, err := layer.Uncompressed()
	if err != nil {
		return err
	}
	defer content.Close()
	for r := tar.NewReader(content); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		dir, base := path.Split(header.Name)
		hidden, ok := strings.CutPrefix(base, ".wh.")
		if !ok {
			continue
		}
		victims := []string{filepath.Join(root, dir, hidden)}
		if hidden == ".wh..opq" { // all that the directory had
			if victims, err = children(filepath.Join(root, dir)); err != nil {
				return err
			}
		}
		for _, victim := range victims {
			if err := os.RemoveAll(victim); err != nil {
				return err
			}
		}
	}
}

func children(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var paths []string
	for _, entry := range entries {
		paths = append(paths, filepath.Join(dir, entry.Name()))
	}
	return paths, err
}

// start is what becomes of a container: the first process of namespaces of its
// own. When it is gone, however that came, the kernel ends the container and
// takes all mounts away. $1 is a directory for them, $2 the image, $3 the
// bundle, $4 runc's name of the container.
const start = `
mount -t proc proc /proc
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$3/rootfs"
PATH=$PATH:/usr/sbin:/sbin exec runc --root "$3/runc" run --bundle "$3" "$4"
`

func (c containers) command(t *testing.T, step container, env []string, dir, log string) *exec.Cmd {
	t.Helper()
	bundle := t.TempDir()
	for _, name := range []string{"rootfs", "layers"} {
		if err := os.Mkdir(filepath.Join(bundle, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := json.Marshal(c.spec(step, env, dir, log))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bundle, "config.json"), spec, 0o600); err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("gantline-test-%d-%s", os.Getpid(), filepath.Base(bundle))
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", start, "sh", filepath.Join(bundle, "layers"), c.root, bundle, id)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// object is a JSON object of the runtime's specification.
type object = map[string]any

// spec is config.json: what the kubelet asks of a container runtime for a pod
// that may do nothing special.
func (c containers) spec(step container, env []string, dir, log string) object {
	cwd := step.WorkingDir
	if cwd == "" {
		cwd = c.config.WorkingDir
	}
	mount := func(kind, source, target string, options ...string) object {
		return object{"type": kind, "source": source, "destination": target, "options": options}
	}
	return object{
		"ociVersion": "1.0.2",
		"root":       object{"path": "rootfs"},
		"hostname":   "step",
		"process": object{
			"args": slices.Concat(step.Command, step.Args), "cwd": cwd, "noNewPrivileges": true,
			"env":  merged(c.config.Env, env),
			"user": object{"uid": 1000, "gid": 1000},
		},
		"mounts": []object{
			mount("proc", "proc", "/proc", "nosuid", "noexec", "nodev"),
			mount("tmpfs", "tmpfs", "/dev", "nosuid", "strictatime", "mode=755", "size=65536k"),
			mount("tmpfs", "shm", "/dev/shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
			mount("bind", log, wire.TerminationLog, "bind"),
			mount("bind", dir, wire.RunDir, "bind"),
		},
		"linux": object{"namespaces": []object{
			{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"},
		}},
	}
}

// merged is an image's environment under a container's own.
func merged(image, own []string) []string {
	all := map[string]string{}
	for _, assignment := range slices.Concat(image, own) {
		name, value, _ := strings.Cut(assignment, "=")
		all[name] = value
	}
	var env []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		env = append(env, name+"="+all[name])
	}
	return env
}
