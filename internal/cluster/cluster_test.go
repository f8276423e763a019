package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const config = `apiVersion: v1
kind: Config
current-context: %s
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443"}}]
users: [{name: u, user: {token: secret-token}}]
contexts:
%s`

// kubeconfig writes a file with these contexts; the first is the current one.
func kubeconfig(t *testing.T, contexts ...string) string {
	t.Helper()
	var list string
	for _, name := range contexts {
		list += "- {name: " + name + ", context: {cluster: c, user: u}}\n"
	}
	text := strings.Replace(config, "%s", contexts[0], 1)
	text = strings.Replace(text, "%s", list, 1)
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpen(t *testing.T) {
	for _, key := range []string{"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"} {
		t.Setenv(key, "")
	}
	one, two := kubeconfig(t, "dev"), kubeconfig(t, "dev", "prod")
	none := filepath.Join(t.TempDir(), "none")
	for _, test := range []struct {
		name, files, context string
		want, err            string
	}{
		{"named", two, "prod", "prod", ""},
		{"the only one", one, "", "dev", ""},
		{"later file", none + ":" + two, "prod", "prod", ""},
		{"the current one is not enough", two, "", "", "has 2 contexts (dev, prod); name one with context:"},
		{"misspelt", two, "prd", "", `did you mean "prod"?`},
		{"unknown", two, "elsewhere", "", "it has dev, prod"},
		{"no file", none, "prod", "", "name the file in KUBECONFIG"},
		{"no file, no context", none, "", "", "name the file in KUBECONFIG"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Open(Options{Kubeconfig: test.files, Context: test.context, Namespace: "ml", UserAgent: "gantline/test"})
			if test.err == "" {
				if err != nil {
					t.Fatal(err)
				}
				if c.Context != test.want || c.Server != "https://127.0.0.1:6443" {
					t.Errorf("opened context %q of %q", c.Context, c.Server)
				}
				return
			}
			var wrong *ContextError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error is %v, want a ContextError with %q", err, test.err)
			}
		})
	}
}

// TestBrokenKubeconfig holds a file that is none to an error with its name and
// without its content.
func TestBrokenKubeconfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(file, []byte("users: [{name: u, user: {token: secret-token}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Options{Kubeconfig: file, Context: "dev"})
	if err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("error is %v", err)
	}
}

// TestShown: an address is in messages and records, and its password is not.
func TestShown(t *testing.T) {
	for address, want := range map[string]string{
		"https://user:secret@api.example.com:6443/c": "https://api.example.com:6443/c",
		"https://api.example.com":                    "https://api.example.com",
		"::no address":                               "::no address",
	} {
		if got := shown(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}
