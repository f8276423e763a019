package builder

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindExplains(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dead := deadSocket(t, dir)
	for _, test := range []struct {
		name    string
		options Options
		want    string
	}{
		{"nothing", Options{},
			"finding a builder: no BuildKit daemon is known; name one with --builder or BUILDKIT_HOST"},
		{"flag before environment", Options{Address: "unix://" + dir + "/none", BuildkitHost: "unix://" + plain},
			`connecting to the builder "unix://` + dir + `/none" (--builder): there is no socket: start buildkitd, or leave the address out`},
		{"no socket", Options{BuildkitHost: "unix://" + plain, Docker: Docker{Host: "unix://" + dead}},
			`connecting to the builder "unix://` + plain + `" (BUILDKIT_HOST): it is not a socket`},
		{"dead socket", Options{BuildkitHost: "unix://" + dead}, "the daemon that made the socket may be gone"},
		{"scheme", Options{Address: "localhost:1234"}, `reading the builder's address "localhost:1234" (--builder): it must begin with unix://, tcp://`},
		{"no container", Options{Address: "docker-container://"}, "it names no container, pod or machine, as in docker-container://NAME"},
		{"relative socket", Options{Address: "unix://run/b.sock"}, "a socket has an absolute path, as in unix:///run/buildkit/buildkitd.sock"},
		{"no port", Options{Address: "tcp://builder.example.com"}, "it needs a host and a port, as in tcp://builder.example.com:1234"},
		{"plain over the network", Options{BuildkitHost: "tcp://builder.example.com:1234"},
			"over the network a daemon is spoken to with TLS only: name the directory of ca.pem, cert.pem and key.pem in BUILDKIT_TLS_DIR"},
		{"half a pair", Options{Address: "tcp://builder.example.com:1234", TLS: TLS{CA: plain, Cert: plain}},
			"a client certificate and its key belong together"},
		{"no certificate", Options{Address: "tcp://127.0.0.1:1", TLS: TLS{CA: plain}}, "failed to append ca certs"},
		{"nobody at the port", Options{Address: "tcp://127.0.0.1:1"}, "is a BuildKit daemon running there, and one without TLS?"},
		{"no such engine", Options{Docker: Docker{Host: "fd://"}}, "it is reached at unix://, tcp:// and ssh:// only"},
		{"engine without its authority", Options{Docker: Docker{Host: "tcp://127.0.0.1:1", TLS: TLS{CA: plain}}}, "holds no certificate"},
		{"dead engine at a port", Options{Docker: Docker{Host: "tcp://127.0.0.1:1"}}, "the Docker engine at tcp://127.0.0.1:1 does not answer"},
		{"dead Docker", Options{Docker: Docker{Host: "unix://" + dead}}, "finding a builder: the Docker engine at " + dead + " does not answer"},
		{"absent Docker", Options{Docker: Docker{Host: "unix://" + dir + "/none"}}, "finding a builder: no BuildKit daemon is known"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Find(t.Context(), test.options)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

// deadSocket is a socket file that nobody listens at.
func deadSocket(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "dead.sock")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
	return path
}

func TestOwnSaysWhatIsMissing(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	ok := Own{Dir: "/x", Buildkitd: program, Runc: program}
	for _, test := range []struct {
		name   string
		change func(*Own)
		want   string
	}{
		{"nothing", func(*Own) {}, ""},
		{"buildkitd", func(o *Own) { o.Buildkitd = "/none/buildkitd" },
			"there is no buildkitd program at \"/none/buildkitd\": `make build` puts it beside gantline"},
		{"runc", func(o *Own) { o.Runc = "/none/runc" }, "runc is missing: install it with `apt-get install runc`"},
		{"long directory", func(o *Own) { o.Dir = "/" + strings.Repeat("a", 95) }, "too long a name for a socket in it (at most 92 bytes)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			own := ok
			test.change(&own)
			got := ""
			if err := own.check(); err != nil {
				got = err.Error()
			}
			if (test.want == "") != (got == "") || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestDockerIsPassedOverWhereItCannotPush(t *testing.T) {
	containerd := [][2]string{{"driver-type", "io.containerd.snapshotter.v1"}}
	here, there := engine{name: "/var/run/docker.sock"}, engine{name: "ssh://remote-docker", remote: true}
	for _, test := range []struct {
		name     string
		info     dockerInfo
		engine   engine
		registry string
		want     string
	}{
		{"old store", dockerInfo{ServerVersion: "20.10.24", DriverStatus: [][2]string{{"Backing Filesystem", "extfs"}}}, here, "",
			"Docker engine 20.10.24 was passed over: it does not keep images in containerd, so its builder cannot push; " +
				"it can run one that does, in a container that --builder docker-container://NAME names"},
		{"containerd", dockerInfo{DriverStatus: containerd}, here, "127.0.0.1:5000", ""},
		{"desktop", dockerInfo{ServerVersion: "29.1", OperatingSystem: "Docker Desktop", DriverStatus: containerd}, here, "127.0.0.1:5000",
			"Docker engine 29.1 was passed over: it runs on another machine, which cannot reach the registry at 127.0.0.1:5000"},
		{"desktop, remote registry", dockerInfo{OperatingSystem: "Docker Desktop", DriverStatus: containerd}, here, "registry.example.com", ""},
		{"remote", dockerInfo{ServerVersion: "29.1", DriverStatus: containerd}, there, "localhost:5000",
			"Docker engine 29.1 was passed over: it runs on another machine, which cannot reach the registry at localhost:5000"},
		{"remote, remote registry", dockerInfo{DriverStatus: containerd}, there, "registry.example.com", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.info.unfit(test.engine, test.registry); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestIsLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:5000": true, "localhost:5000": true, "localhost": true, "[::1]:5000": true, "127.1.2.3": true,
		"registry.example.com": false, "10.0.0.1:5000": false, "localhost.example.com:5000": false, "": false,
	} {
		if got := isLoopback(address); got != want {
			t.Errorf("isLoopback(%q) = %v, want %v", address, got, want)
		}
	}
}

func TestConfigGolden(t *testing.T) {
	for file, s := range map[string]service{
		"testdata/buildkitd.toml": {dir: `/data/a "b"`, runc: "/usr/sbin/runc"},
		"testdata/rootless.toml":  {dir: "/data", runc: "/usr/sbin/runc", keep: 12_000_000_000, rootless: true},
	} {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(s.config("0123"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
