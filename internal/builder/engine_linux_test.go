package builder_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/sys/unix"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/builder/buildertest"
)

// runningEngine is a Docker engine of a test.
type runningEngine struct {
	// host is as in DOCKER_HOST.
	host string
	pid  int
}

// dockerd runs a Docker engine in namespaces of its own, with state of its own,
// until the test ends: nothing of the machine's network or of another engine is
// touched.
func dockerd(t *testing.T) runningEngine {
	t.Helper()
	buildertest.Require(t)
	dir, err := os.MkdirTemp("", "gantline-docker-") // short, for sockets
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "docker.sock")
	// Debian's runc knows no time namespaces yet.
	cmd := exec.Command("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
		"sh", "-c", `mount -t tmpfs tmpfs /run && exec "$@"`, "sh",
		buildertest.Run(t, "tool.sh", "dockerd"), "--host", "unix://"+socket, "--pidfile", filepath.Join(dir, "pid"),
		"--data-root", filepath.Join(dir, "data"), "--exec-root", filepath.Join(dir, "exec"),
		"--iptables=false", "--ip6tables=false", "--userland-proxy=false", "--feature", "time-namespaces=false")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The kernel kills what a thread started when that thread ends, and
		// registry ends one.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Whatever runs in the namespace ends with its first process, and the
		// mounts go with it.
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Log(output.String())
		}
		eventually(t, "the engine's files are free", func() bool { return os.RemoveAll(dir) == nil })
	})
	eventually(t, "the engine listens", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return runningEngine{"unix://" + socket, cmd.Process.Pid}
}

// registry serves an empty registry where the engine reaches it, and nobody
// else, until the test ends. It is host:port.
func (e runningEngine) registry(t *testing.T) (address string, handler http.Handler) {
	t.Helper()
	listening := make(chan net.Listener, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends in the engine's network
		listener, err := listenIn(fmt.Sprintf("/proc/%d/ns/net", e.pid))
		if err != nil {
			t.Error(err)
		}
		listening <- listener
	}()
	listener := <-listening
	if listener == nil {
		t.FailNow()
	}
	handler = registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String(), handler
}

// listenIn takes this thread to a network namespace, brings its loopback up and
// listens there.
func listenIn(namespace string) (net.Listener, error) {
	file, err := os.Open(namespace)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(socket)
	loopback, err := unix.NewIfreq("lo")
	if err != nil {
		return nil, err
	}
	loopback.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, loopback); err != nil {
		return nil, err
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// buildFile has a step make a file from one that is sent, and is what comes
// back.
func buildFile(t *testing.T, b *builder.Builder) string {
	t.Helper()
	root, out := t.TempDir(), t.TempDir()
	copyProgram(t, "/bin/cp", root)
	if err := os.WriteFile(filepath.Join(root, "sent"), []byte("sent and back"), 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := fsutil.NewFS(root)
	if err != nil {
		t.Fatal(err)
	}
	run := llb.Local("root").Run(llb.Args([]string{"/bin/cp", "/sent", "/out/made"}))
	definition, err := run.AddMount("/out", llb.Scratch()).Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	options := client.SolveOpt{
		LocalMounts: map[string]fsutil.FS{"root": files},
		Exports:     []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: out}},
	}
	if _, err := b.Client().Solve(t.Context(), definition, options, nil); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(filepath.Join(out, "made"))
	if err != nil {
		t.Fatal(err)
	}
	return string(made)
}

// A real engine serves by its own BuildKit, from its socket and through ssh,
// and by a builder in one of its containers.
func TestRealDockerEngine(t *testing.T) {
	engine := dockerd(t)
	host := engine.host
	check := func(t *testing.T, o builder.Options, what string) {
		t.Helper()
		b, err := builder.Find(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if !strings.Contains(b.Describe(), what) {
			t.Errorf("Describe() = %q, want %q in it", b.Describe(), what)
		}
		if made := buildFile(t, b); made != "sent and back" {
			t.Errorf("the build made %q", made)
		}
	}
	t.Run("its own", func(t *testing.T) {
		check(t, builder.Options{Docker: builder.Docker{Host: host}, Registry: "127.0.0.1:5000"}, "of the Docker engine")
	})
	t.Run("pushes", func(t *testing.T) { checkPush(t, engine) })
	t.Run("through ssh", func(t *testing.T) {
		fakeSSH(t, host)
		check(t, builder.Options{Docker: builder.Docker{Host: "ssh://ci@remote-docker:2222"}, Registry: "registry.example.com"}, "at ssh://ci@remote-docker:2222")
	})
	t.Run("a container", func(t *testing.T) {
		t.Setenv("DOCKER_HOST", host)
		startContainer(t, "builder")
		check(t, builder.Options{Address: "docker-container://builder"}, "at docker-container://builder (--builder)")
	})
	t.Run("no container", func(t *testing.T) {
		t.Setenv("DOCKER_HOST", host)
		_, err := builder.Find(t.Context(), builder.Options{Address: "docker-container://none"})
		if err == nil || !strings.Contains(err.Error(), "is the container running, and does `docker ps` work here?") {
			t.Errorf("got %v, want what to look at", err)
		}
	})
}

// checkPush has the engine's BuildKit push an image as environments are pushed:
// by digest, with no copy in the engine.
func checkPush(t *testing.T, e runningEngine) {
	address, served := e.registry(t)
	b, err := builder.Find(t.Context(), builder.Options{Docker: builder.Docker{Host: e.host}, Registry: address})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	definition, err := llb.Scratch().File(llb.Mkfile("/a", 0o644, []byte("text"))).Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	export := client.ExportEntry{Type: client.ExporterImage, Attrs: map[string]string{
		"name": address + "/env", "push": "true", "push-by-digest": "true", "store": "false", "unpack": "false", "registry.insecure": "true",
	}}
	response, err := b.Client().Solve(t.Context(), definition, client.SolveOpt{Exports: []client.ExportEntry{export}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	served.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/v2/env/manifests/"+response.ExporterResponse["containerimage.digest"], nil))
	if answer.Code != http.StatusOK {
		t.Errorf("the registry has no %v: it answers %d", response.ExporterResponse, answer.Code)
	}
}

// fakeSSH puts an ssh before the machine's that runs what it is told to right
// here, with the engine as that of the other machine.
func fakeSSH(t *testing.T, host string) {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\n[ \"$*\" = '-o ConnectTimeout=10 -l ci -p 2222 -- remote-docker docker system dial-stdio' ] || exit 9\n"+
		"DOCKER_HOST=%s exec docker system dial-stdio\n", host)
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// startContainer runs a BuildKit daemon in a container, from an image of the
// project's own programs: none can be pulled here.
func startContainer(t *testing.T, name string) {
	t.Helper()
	root := t.TempDir()
	copyFile(t, buildertest.Buildkitd(t), filepath.Join(root, "usr/bin/buildkitd"))
	copyFile(t, buildertest.Run(t, "tool.sh", "buildctl"), filepath.Join(root, "usr/bin/buildctl"))
	copyProgram(t, "/usr/sbin/runc", root)
	if err := os.Mkdir(filepath.Join(root, "tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	image := name + "-image"
	docker(t, "sh", "-c", `tar -C "$1" -c . | docker import - "$2"`, "sh", root, image)
	docker(t, "docker", "run", "--detach", "--name", name, "--privileged", "--network=none", "--volume", name+":/var/lib/buildkit",
		image, "/usr/bin/buildkitd", "--oci-worker-net=host", "--oci-worker-binary=/usr/sbin/runc")
	address := &url.URL{Scheme: "docker-container", Host: name}
	eventually(t, "the container's daemon answers", func() bool {
		c, err := client.New(context.Background(), address.String())
		if err != nil {
			return false
		}
		defer c.Close()
		_, err = c.Info(t.Context())
		return err == nil
	})
}

func docker(t *testing.T, command ...string) {
	t.Helper()
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}
