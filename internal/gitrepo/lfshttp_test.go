package gitrepo

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHTTPSettings(t *testing.T) {
	l := newLab(t)
	t.Setenv("GIT_SSL_CAINFO", "")
	settings := func() HTTPSettings {
		s, err := l.open().HTTPSettings(t.Context(), "https://example.com/a.git/info/lfs")
		l.must(err)
		return s
	}
	if got := settings(); got != (HTTPSettings{}) {
		t.Errorf("nothing is set, and there is %+v", got)
	}
	l.git("config", "http.https://other.example.com/.proxy", "http://127.0.0.1:1")
	l.git("config", "http.proxy", "http://127.0.0.1:2")
	l.git("config", "http.https://example.com/.sslCAInfo", "~/ca.pem")
	if want := (HTTPSettings{filepath.Join(os.Getenv("HOME"), "ca.pem"), "http://127.0.0.1:2"}); settings() != want {
		t.Errorf("settings %+v, want %+v", settings(), want)
	}
	t.Setenv("GIT_SSL_CAINFO", "/env.pem")
	if got := settings().CAFile; got != "/env.pem" {
		t.Errorf("GIT_SSL_CAINFO is passed over for %q", got)
	}
}
