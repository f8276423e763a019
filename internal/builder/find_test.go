package builder

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		{"no socket", Options{BuildkitHost: "unix://" + plain, DockerSocket: dead},
			`connecting to the builder "unix://` + plain + `" (BUILDKIT_HOST): it is not a socket`},
		{"dead socket", Options{BuildkitHost: "unix://" + dead}, "the daemon that made the socket may be gone"},
		{"scheme", Options{Address: "localhost:1234"}, `reading the builder's address "localhost:1234" (--builder): it must begin with unix://`},
		{"dead Docker", Options{DockerSocket: dead}, "finding a builder: the Docker engine at " + dead + " does not answer"},
		{"absent Docker", Options{DockerSocket: dir + "/none"}, "finding a builder: no BuildKit daemon is known"},
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
		euid   int
		want   string
	}{
		{"nothing", func(*Own) {}, 0, ""},
		{"root", func(*Own) {}, 1000, "it needs root"},
		{"buildkitd", func(o *Own) { o.Buildkitd = "/none/buildkitd" }, 0,
			"there is no buildkitd program at \"/none/buildkitd\": `make build` puts it beside gantline"},
		{"runc", func(o *Own) { o.Runc = "/none/runc" }, 0, "runc is missing: install it with `apt-get install runc`"},
		{"long directory", func(o *Own) { o.Dir = "/" + strings.Repeat("a", 95) }, 0, "too long a name for a socket in it (at most 92 bytes)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			own := ok
			test.change(&own)
			got := ""
			if err := own.check(test.euid); err != nil {
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
	for _, test := range []struct {
		name     string
		info     dockerInfo
		registry string
		want     string
	}{
		{"old store", dockerInfo{ServerVersion: "20.10.24", DriverStatus: [][2]string{{"Backing Filesystem", "extfs"}}}, "",
			"Docker engine 20.10.24 was passed over: it does not keep images in containerd, so its builder cannot push"},
		{"containerd", dockerInfo{DriverStatus: containerd}, "127.0.0.1:5000", ""},
		{"desktop", dockerInfo{OperatingSystem: "Docker Desktop", DriverStatus: containerd}, "127.0.0.1:5000",
			"Docker Desktop was passed over: its machine cannot reach the registry at 127.0.0.1:5000"},
		{"desktop, remote registry", dockerInfo{OperatingSystem: "Docker Desktop", DriverStatus: containerd}, "registry.example.com", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.info.unfit(test.registry); got != test.want {
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
	got := string(service{dir: `/data/a "b"`, runc: "/usr/sbin/runc"}.config("0123"))
	want, err := os.ReadFile("testdata/buildkitd.toml")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
