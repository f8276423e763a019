package registry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantline.dev/gantline/internal/daemon"
	"gantline.dev/gantline/internal/registry"
)

func TestProcessesPushAtOnceIntoOneRegistry(t *testing.T) {
	dir := newDir(t)
	const clients = 5
	var running sync.WaitGroup
	for i := range clients {
		running.Go(func() {
			cmd := exec.Command(argv(dir, 0)[0], rolePush, dir, "team/agent", strconv.Itoa(i+1))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("client %d: %v\n%s", i, err, out)
			}
		})
	}
	running.Wait()
	server := ensure(t, dir)
	for i := range clients {
		wantImage(t, tag(t, server.Host, "team/agent:own-"+strconv.Itoa(i+1)), mustImage(t, uint64(i+1)))
	}
	wantImage(t, tag(t, server.Host, "team/agent:shared"), mustImage(t, 0))
}

func TestImagesAndPortSurviveAKill(t *testing.T) {
	dir := newDir(t)
	first := ensure(t, dir)
	r := newRemote(t, registry.RemoteOptions{})
	if err := remote.Write(tag(t, first.Host, "a:1"), mustImage(t, 1), r.Options(t.Context())...); err != nil {
		t.Fatal(err)
	}
	kill(first.PID)
	second := ensure(t, dir)
	if second.Host != first.Host || second.PID == first.PID {
		t.Fatalf("first %+v, then %+v", first, second)
	}
	if err := remote.Write(tag(t, second.Host, "a:2"), mustImage(t, 2), r.Fresh(t.Context())...); err != nil {
		t.Fatal(err)
	}
	wantImage(t, tag(t, second.Host, "a:1"), mustImage(t, 1))
	wantImage(t, tag(t, second.Host, "a:2"), mustImage(t, 2))
}

// transportFunc is a round tripper.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The registry is killed when an upload is under way: the push finds a new one
// and succeeds, and nothing half done is left.
func TestPushSurvivesAKillOfTheRegistry(t *testing.T) {
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodPut} {
		t.Run(method, func(t *testing.T) {
			dir := newDir(t)
			server := ensure(t, dir)
			var killed atomic.Bool
			base := &http.Transport{}
			defer base.CloseIdleConnections()
			r := newRemote(t, registry.RemoteOptions{
				Backoff: 5 * time.Millisecond,
				Base: transportFunc(func(request *http.Request) (*http.Response, error) {
					if request.Method == method && killed.CompareAndSwap(false, true) {
						kill(server.PID)
					}
					return base.RoundTrip(request)
				}),
				Revive: func(ctx context.Context, host string) bool {
					again, err := registry.Ensure(ctx, dir, argv(dir, time.Minute))
					if err != nil {
						t.Error(err)
					}
					t.Cleanup(func() { kill(again.PID) })
					return err == nil && again.Host == host
				},
			})
			image := mustImage(t, 3)
			ref := tag(t, server.Host, "a/b:killed")
			if err := remote.Write(ref, image, r.Options(t.Context())...); err != nil {
				t.Fatal(err)
			}
			if !killed.Load() {
				t.Fatal("nothing was killed")
			}
			wantImage(t, ref, image)
		})
	}
}

func TestStartDiscardsWhatIsHalfDone(t *testing.T) {
	dir := newDir(t)
	repository := filepath.Join(dir, "content", "docker", "registry", "v2", "repositories", "team", "agent")
	for _, path := range []string{
		"_uploads/7d1a/data", "_uploads/7d1a/startedat",
		"_manifests/tags/half/current/link.7d1a.tmp",
		"_manifests/tags/whole/current/link",
		"_layers/sha256/abc/link",
	} {
		path = filepath.Join(repository, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ensure(t, dir)
	for path, kept := range map[string]bool{
		"_uploads/7d1a": false, "_manifests/tags/half": false,
		"_manifests/tags/whole/current/link": true, "_layers/sha256/abc/link": true,
	} {
		_, err := os.Stat(filepath.Join(repository, path))
		if kept != (err == nil) || !kept && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: kept should be %v: %v", path, kept, err)
		}
	}
}

func TestIdleRegistryLeaves(t *testing.T) {
	dir := newDir(t)
	server, err := registry.Ensure(t.Context(), dir, argv(dir, 500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer kill(server.PID)
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := registry.Status(dir); errors.Is(err, daemon.ErrNotRunning) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it stays")
		}
	}
	if log, err := os.ReadFile(daemon.LogPath(dir)); err != nil || len(log) > 0 {
		t.Errorf("it had something to say: %s (%v)", log, err)
	}
}

// slowUpload is an upload of which the registry has got a part. The function
// sends the rest and returns how it ended.
func slowUpload(t *testing.T, dir, host string) (finish func() string) {
	t.Helper()
	// One connection for each request: an idle one is closed at once.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	begun, err := client.Post("http://"+host+"/v2/a/blobs/uploads/", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	begun.Body.Close()
	location, err := begun.Location()
	if err != nil {
		t.Fatal(err)
	}
	body, send := io.Pipe()
	request, err := http.NewRequest(http.MethodPatch, location.String(), body)
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan string, 1)
	go func() {
		response, err := client.Do(request)
		if err != nil {
			status <- err.Error()
			return
		}
		response.Body.Close()
		status <- response.Status
	}()
	send.Write(make([]byte, 1<<20))
	data := filepath.Join(dir, "content", "docker", "registry", "v2", "repositories", "a", "_uploads", "*", "data")
	for arrived := int64(0); arrived == 0; time.Sleep(5 * time.Millisecond) {
		if found, _ := filepath.Glob(data); len(found) == 1 {
			if info, err := os.Stat(found[0]); err == nil {
				arrived = info.Size()
			}
		}
	}
	return func() string {
		io.WriteString(send, "the rest")
		send.Close()
		return <-status
	}
}

// An upload that is on its way when the registry is asked to leave arrives, and
// a client that comes meanwhile waits for the next registry.
func TestStopLetsARequestFinish(t *testing.T) {
	dir := newDir(t)
	server := ensure(t, dir)
	finish := slowUpload(t, dir, server.Host)
	stopped := make(chan error, 1)
	go func() { stopped <- registry.Stop(t.Context(), dir) }()
	for left := false; !left; time.Sleep(5 * time.Millisecond) {
		_, err := registry.Status(dir)
		left = errors.Is(err, daemon.ErrNotRunning)
	}
	next := make(chan registry.Server, 1)
	go func() {
		again, err := registry.Ensure(t.Context(), dir, argv(dir, time.Minute))
		if err != nil {
			t.Error(err)
		}
		next <- again
	}()
	time.Sleep(50 * time.Millisecond)
	if got := finish(); got != "202 Accepted" {
		t.Errorf("the upload ends with %s", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	again := <-next
	defer kill(again.PID)
	if again.Host != server.Host || again.PID == server.PID {
		t.Errorf("after %+v came %+v", server, again)
	}
}

func TestSecretAndPortAreKept(t *testing.T) {
	dir := newDir(t)
	read := func(file string) string {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	first := ensure(t, dir)
	secret, port := read("secret"), read("port")
	if info, err := os.Stat(filepath.Join(dir, "secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret's mode: %v, %v", info.Mode(), err)
	}
	if err := registry.Stop(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	second := ensure(t, dir)
	if read("secret") != secret || read("port") != port || first.Host != second.Host {
		t.Error("a restart changed the secret or the port")
	}
}

func TestPortIsChosenOnce(t *testing.T) {
	// Two directories without a port: at most one gets the default.
	a, b := t.TempDir(), t.TempDir()
	serverA, serverB := ensure(t, a), ensure(t, b)
	if serverA.Host == serverB.Host {
		t.Fatalf("both got %s", serverA.Host)
	}
	for dir, server := range map[string]registry.Server{a: serverA, b: serverB} {
		kept, err := os.ReadFile(filepath.Join(dir, "port"))
		if err != nil || server.Host != "127.0.0.1:"+strings.TrimSpace(string(kept)) {
			t.Errorf("%s serves, %q is kept (%v)", server.Host, kept, err)
		}
	}
}

func TestPortThatIsTaken(t *testing.T) {
	program, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	go http.Serve(program, http.NotFoundHandler())
	other := newDir(t)
	_, otherPort, _ := net.SplitHostPort(ensure(t, other).Host)
	_, programPort, _ := net.SplitHostPort(program.Addr().String())

	var asking sync.WaitGroup
	for kept, want := range map[string][]string{
		programPort: {"taken by another program", "ss -ltnp", "port " + programPort, "remove that file"},
		otherPort:   {"Gantline's registry of", other, "stop it"},
		"http":      {"not a port", `"http"`},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "port"), []byte(kept), 0o600); err != nil {
			t.Fatal(err)
		}
		asking.Go(func() {
			_, err := registry.Ensure(t.Context(), dir, argv(dir, time.Minute))
			for _, text := range append(want, filepath.Join(dir, "port")) {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("kept port %s: %q is not in: %v", kept, text, err)
				}
			}
		})
	}
	asking.Wait()
}

func TestAnswersToLoopbackNamesOnly(t *testing.T) {
	server := ensure(t, newDir(t))
	for host, want := range map[string]int{
		server.Host: 200, "localhost:1": 200, "[::1]:5": 200,
		"evil.example.com": 403, "10.0.0.1:5757": 403, "localhost.evil.example.com": 403, "": 403,
	} {
		conn, err := net.Dial("tcp", server.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("GET /v2/ HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		var answer bytes.Buffer
		if _, err := answer.ReadFrom(conn); err != nil || !strings.HasPrefix(answer.String(), "HTTP/1.1 "+strconv.Itoa(want)) {
			t.Errorf("Host %q: %v\n%s", host, err, answer.String())
		}
	}
}

func TestDeletionIsOff(t *testing.T) {
	host := strings.TrimPrefix(inProcess(t), "http://")
	r := newRemote(t, registry.RemoteOptions{})
	ref := tag(t, host, "a:1")
	if err := remote.Write(ref, mustImage(t, 1), r.Options(t.Context())...); err != nil {
		t.Fatal(err)
	}
	digest, _ := mustImage(t, 1).Digest()
	err := registry.Explain(remote.Delete(ref.Context().Digest(digest.String()), r.Options(t.Context())...))
	if !errors.Is(err, registry.ErrRefused) {
		t.Errorf("deleting: %v", err)
	}
}
