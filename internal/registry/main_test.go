package registry_test

import (
	"context"
	"fmt"
	"io"
	"log"
	oldrand "math/rand" // what random.Image takes
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gantline.dev/gantline/internal/registry"
)

// The test binary plays the other processes too: its first argument says which.
const (
	roleServe = "test-serve" // DIR IDLE: the registry
	rolePush  = "test-push"  // DIR REPOSITORY SEED: one client that pushes, prints the digest
)

func TestMain(m *testing.M) {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == roleServe:
		idle, _ := time.ParseDuration(os.Args[3])
		err = registry.Serve(context.Background(), os.Args[2], os.Stderr, registry.Options{Idle: idle})
	case len(os.Args) == 5 && os.Args[1] == rolePush:
		err = pushAsProcess(os.Args[2], os.Args[3], os.Args[4])
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// argv starts the registry of the directory.
func argv(dir string, idle time.Duration) []string {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return []string{exe, roleServe, dir, idle.String()}
}

// newDir is a data directory with a port of its own, so that tests of several
// packages don't take the default port from each other.
func newDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for {
		port := 10000 + rand.IntN(5000)
		listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		listener.Close()
		if err := os.WriteFile(filepath.Join(dir, "port"), []byte(strconv.Itoa(port)), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
}

// ensure starts the registry, which is killed at the test's end.
func ensure(t *testing.T, dir string) registry.Server {
	t.Helper()
	server, err := registry.Ensure(t.Context(), dir, argv(dir, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(server.PID) })
	return server
}

func kill(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) } // gone already is as good

// newRemote is a Remote without credentials, quick to retry.
func newRemote(t *testing.T, o registry.RemoteOptions) *registry.Remote {
	t.Helper()
	o.Keychain = authn.NewMultiKeychain()
	if o.Backoff == 0 {
		o.Backoff = time.Millisecond
	}
	r, err := registry.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// inProcess is a real registry in this process: its http://host:port.
func inProcess(t *testing.T) string {
	t.Helper()
	app, err := registry.NewApp(t.Context(), t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(app)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of requests cut by a fault
	server.Start()
	t.Cleanup(func() { server.Close(); app.Close() })
	return server.URL
}

// newImage is the image of the seed: a few layers of random bytes.
func newImage(seed uint64) (v1.Image, error) {
	return random.Image(200<<10, 3, random.WithSource(oldrand.NewSource(int64(seed))))
}

func mustImage(t *testing.T, seed uint64) v1.Image {
	t.Helper()
	image, err := newImage(seed)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func tag(t *testing.T, host, rest string) name.Tag {
	t.Helper()
	ref, err := name.NewTag(host + "/" + rest)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// wantImage pulls the reference whole and compares it.
func wantImage(t *testing.T, ref name.Reference, want v1.Image) {
	t.Helper()
	got, err := remote.Image(ref, newRemote(t, registry.RemoteOptions{}).Fresh(t.Context())...)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(got); err != nil {
		t.Errorf("%s is damaged: %v", ref, err)
	}
	gotDigest, _ := got.Digest()
	wantDigest, err := want.Digest()
	if err != nil || gotDigest != wantDigest {
		t.Errorf("%s is %v, not %v (%v)", ref, gotDigest, wantDigest, err)
	}
}

// pushAsProcess is one client process: it finds or starts the registry and
// pushes an image of its own and one that all clients push.
func pushAsProcess(dir, repository, seed string) error {
	ctx := context.Background()
	server, err := registry.Ensure(ctx, dir, argv(dir, time.Minute))
	if err != nil {
		return err
	}
	r, err := registry.New(registry.RemoteOptions{Keychain: authn.NewMultiKeychain()})
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(seed, 10, 16)
	if err != nil {
		return err
	}
	for tag, seed := range map[string]uint64{"own-" + seed: n, "shared": 0} {
		image, err := newImage(seed)
		if err != nil {
			return err
		}
		ref, err := name.NewTag(server.Host + "/" + repository + ":" + tag)
		if err != nil {
			return err
		}
		if err := remote.Write(ref, image, r.Options(ctx)...); err != nil {
			return registry.Explain(err)
		}
	}
	return nil
}
