package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/builder"
)

// certificates makes a directory with the files that TLS wants.
func certificates(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBuilderOptionsFollowTheEnvironment(t *testing.T) {
	docker, kubernetes := certificates(t, "ca.pem", "cert.pem", "key.pem"), certificates(t, "ca.crt", "tls.crt", "tls.key")
	filesOf := func(dir, ca, cert, key string) builder.TLS {
		return builder.TLS{CA: filepath.Join(dir, ca), Cert: filepath.Join(dir, cert), Key: filepath.Join(dir, key)}
	}
	local := builder.Docker{Host: "unix:///var/run/docker.sock"}
	for _, test := range []struct {
		name string
		env  map[string]string
		want builder.Options
	}{
		{"nothing", nil, builder.Options{Docker: local}},
		{"a daemon with its certificates", map[string]string{"BUILDKIT_HOST": "tcp://b:1", "BUILDKIT_TLS_DIR": kubernetes},
			builder.Options{BuildkitHost: "tcp://b:1", TLS: filesOf(kubernetes, "ca.crt", "tls.crt", "tls.key"), Docker: local}},
		{"single files before the directory", map[string]string{
			"BUILDKIT_TLS_DIR": docker, "BUILDKIT_TLS_CACERT": "/ca", "BUILDKIT_TLS_CERT": "/cert", "BUILDKIT_TLS_KEY": "/key", "BUILDKIT_TLS_SERVERNAME": "b"},
			builder.Options{TLS: builder.TLS{CA: "/ca", Cert: "/cert", Key: "/key", ServerName: "b"}, Docker: local}},
		{"an engine of a CI system", map[string]string{"DOCKER_HOST": "tcp://10.0.0.1:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": docker},
			builder.Options{Docker: builder.Docker{Host: "tcp://10.0.0.1:2376", TLS: filesOf(docker, "ca.pem", "cert.pem", "key.pem")}}},
		{"an engine behind ssh wants no certificates", map[string]string{"DOCKER_HOST": "ssh://remote-docker", "DOCKER_CERT_PATH": "/none"},
			builder.Options{Docker: builder.Docker{Host: "ssh://remote-docker"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &app{Process: Process{Getenv: func(name string) string { return test.env[name] }}}
			got, err := a.builderOptions("", "")
			if err != nil {
				t.Fatal(err)
			}
			got.Own = nil // it is this test's program
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuilderOptionsThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"BUILDKIT_TLS_DIR": "/none"}, `BUILDKIT_TLS_DIR: reading the certificates of "/none": there is neither ca.pem nor ca.crt`},
		{map[string]string{"DOCKER_HOST": "tcp://10.0.0.1:2376", "DOCKER_TLS_VERIFY": "1", "HOME": "/none"},
			`DOCKER_CERT_PATH: reading the certificates of "/none/.docker": there is neither ca.pem nor ca.crt`},
		{map[string]string{"GANTLINE_BUILDER_KEEP": "much"}, `GANTLINE_BUILDER_KEEP="much": not a size`},
	} {
		a := &app{Process: Process{Getenv: func(name string) string { return test.env[name] }}}
		if _, err := a.builderOptions("", ""); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v gave %v, want %s", test.env, err, test.want)
		}
	}
}

func TestOwnBuilderIsStartedWithItsBudget(t *testing.T) {
	for text, want := range map[string]string{"": "60000000000", "5GB": "5000000000", "1Gi": "1073741824"} {
		a := &app{Process: Process{Getenv: func(name string) string { return map[string]string{"GANTLINE_BUILDER_KEEP": text}[name] }}}
		own, err := a.ownBuilder()
		if err != nil {
			t.Fatal(err)
		}
		if got := own.Command[len(own.Command)-2:]; got[0] != "--keep" || got[1] != want {
			t.Errorf("with %q it is started with %v, want --keep %s", text, got, want)
		}
	}
}
