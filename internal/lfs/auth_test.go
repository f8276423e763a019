package lfs

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
)

// adaSecret is "ada:secret" as a header has it.
const adaSecret = "Basic YWRhOnNlY3JldA=="

// helper writes a credential helper that answers with a password, and returns
// its setting and the file in which it notes what it is told.
func helper(t *testing.T, password string) (setting, notes string) {
	t.Helper()
	dir := t.TempDir()
	notes = filepath.Join(dir, "notes")
	script := filepath.Join(dir, "helper")
	text := "#!/bin/sh\n{ echo \"== $1\"; tee in; } >>'" + notes + "'\n[ \"$1\" = get ] && printf 'username=ada\\npassword=" + password + "\\n'\nexit 0\n"
	text = strings.ReplaceAll(text, "tee in", "cat")
	write(t, script, []byte(text))
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	return script, notes
}

// told are the calls of a helper, in order.
func told(t *testing.T, notes string) (calls []string, text string) {
	t.Helper()
	raw, err := os.ReadFile(notes)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(raw), "\n") {
		if call, ok := strings.CutPrefix(line, "== "); ok {
			calls = append(calls, call)
		}
	}
	return calls, string(raw)
}

func fetchOne(t *testing.T, repo *gitrepo.Repo, content []byte) (*Store, error) {
	t.Helper()
	store := NewStore(t.TempDir(), nil)
	return store, store.fetch(t.Context(), Source{Repo: repo}, []Object{objectOf(content)}, nil, hasty())
}

// Each way in which a login may come is used where the server wants one.
func TestLogins(t *testing.T) {
	contents := some(3, 100)
	for _, name := range []string{"extraHeader", "password in lfs.url", "password in the remote's URL", "helper"} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, contents...)
			s.authorization = adaSecret
			withLogin := strings.Replace(s.URL, "http://", "http://ada:secret@", 1)
			notes, script := "", ""
			var settings []string
			switch name {
			case "extraHeader":
				settings = []string{"lfs.url", s.URL + "/lfs", "http." + s.URL + "/.extraheader", "AUTHORIZATION: " + adaSecret}
			case "password in lfs.url":
				settings = []string{"lfs.url", withLogin + "/lfs"}
			case "password in the remote's URL":
				settings = []string{"remote.origin.url", withLogin + "/a.git", "lfs.url", s.URL + "/lfs"}
			case "helper":
				script, notes = helper(t, "secret")
				settings = []string{"lfs.url", s.URL + "/lfs", "credential.helper", script}
			}
			store := NewStore(t.TempDir(), nil)
			if err := store.fetch(t.Context(), Source{Repo: newRepo(t, settings...)}, objectsOf(contents), nil, hasty()); err != nil {
				t.Fatal(err)
			}
			holdsExactly(t, store, contents...)
			if calls, text := told(t, notes); notes != "" && (strings.Join(calls, " ") != "get store" || !strings.Contains(text, "password=secret")) {
				t.Errorf("the helper is called for %v:\n%s", calls, text)
			}
		})
	}
}

// A server on the remote's host is logged in to with the remote's login, down
// to the path that credential.useHttpPath asks for.
func TestLoginOfTheRemote(t *testing.T) {
	content := some(1, 100)[0]
	s := newServer(t, content)
	s.authorization = adaSecret
	script, notes := helper(t, "secret")
	repo := newRepo(t, "remote.origin.url", strings.Replace(s.URL, "http://", "http://ada@", 1)+"/team/a.git", "lfs.url", s.URL+"/lfs",
		"credential.helper", script, "credential.useHttpPath", "true")
	if _, err := fetchOne(t, repo, content); err != nil {
		t.Fatal(err)
	}
	if _, text := told(t, notes); !strings.Contains(text, "path=team/a.git\n") || !strings.Contains(text, "username=ada\n") {
		t.Errorf("the helper is told:\n%s", text)
	}
}

func TestLoginErrors(t *testing.T) {
	content := some(1, 100)[0]
	s := newServer(t, content)
	s.authorization = "Basic something else"
	refused, notes := helper(t, "secretly")
	for name, test := range map[string]struct {
		settings []string
		want     string
	}{
		"none":        {nil, "wants a login (401), and git has none for " + s.URL + "/; log in with git once"},
		"refused":     {[]string{"credential.helper", refused}, "refuses the login from git's credential helper (401), which was told to forget it"},
		"extraHeader": {[]string{"http.extraheader", "Authorization: Bearer secret"}, "refuses the login from http.<url>.extraHeader (401); it may have expired"},
	} {
		t.Run(name, func(t *testing.T) {
			repo := newRepo(t, append(test.settings, "lfs.url", s.URL+"/lfs")...)
			_, err := fetchOne(t, repo, content)
			login := new(LoginError)
			if !errors.As(err, &login) || login.Status != 401 {
				t.Fatalf("error %v", err)
			}
			says(t, err, test.want, "/lfs/objects/batch")
		})
	}
	if calls, text := told(t, notes); strings.Join(calls, " ") != "get erase" || !strings.Contains(text, "password=secretly") {
		t.Errorf("the helper is called for %v:\n%s", calls, text)
	}
}

// A remote over ssh is asked for a login, once for as long as that holds; its
// server and its header are used. The program in ssh's place is a script.
func TestLoginOverSSH(t *testing.T) {
	contents := some(3, 100)
	for _, test := range []struct {
		expiresIn int
		once      bool
	}{{3600, true}, {1, false}} {
		s := newServer(t, contents...)
		s.authorization = "RemoteAuth secret"
		dir := t.TempDir()
		ssh := filepath.Join(dir, "ssh")
		write(t, ssh, fmt.Appendf(nil, "#!/bin/sh\necho x >>%s/calls\necho '{\"href\":\"%s/lfs\",\"header\":{\"Authorization\":\"RemoteAuth secret\"},\"expires_in\":%d}'\n", dir, s.URL, test.expiresIn))
		if err := os.Chmod(ssh, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Setenv("GIT_SSH_COMMAND", ssh)
		store := NewStore(t.TempDir(), nil)
		repo := newRepo(t, "remote.origin.url", "git@example.com:team/models.git")
		if err := store.fetch(t.Context(), Source{Repo: repo}, objectsOf(contents), nil, hasty()); err != nil {
			t.Fatal(err)
		}
		holdsExactly(t, store, contents...)
		calls, err := os.ReadFile(filepath.Join(dir, "calls"))
		if n := strings.Count(string(calls), "x"); err != nil || (n == 1) != test.once {
			t.Errorf("%d s: ssh is run %d times", test.expiresIn, n)
		}
	}
}

// A login that is known but may not read is not forgotten.
func TestForbidden(t *testing.T) {
	content := some(1, 100)[0]
	s := newServer(t, content)
	s.authorization = adaSecret
	s.batch = func(w http.ResponseWriter, _ *http.Request, _ batchQuestion) bool {
		http.Error(w, `{"message":"not a member"}`, http.StatusForbidden)
		return true
	}
	script, notes := helper(t, "secret")
	_, err := fetchOne(t, newRepo(t, "credential.helper", script, "lfs.url", s.URL+"/lfs"), content)
	says(t, err, `knows the login from git's credential helper but forbids it to read (403) ("not a member")`)
	if calls, _ := told(t, notes); strings.Join(calls, " ") != "get" {
		t.Errorf("the helper is called for %v", calls)
	}
}

// Headers for one host never reach another, whether an action or a redirect
// leads there; http is refused where the server has https.
func TestHeadersStayOnTheirHost(t *testing.T) {
	content := some(1, 100)[0]
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Authorization", "Cookie", "X-Token", actionHeader} {
			if value := r.Header.Get(name); value != "" {
				t.Errorf("the other host gets %s: %s", name, value)
			}
		}
		if r.Header.Get("Accept-Encoding") != "identity" && r.Method == http.MethodGet {
			t.Errorf("the other host gets %v", r.Header)
		}
		_, _ = w.Write(content)
	}))
	defer elsewhere.Close()
	settings := func(s *server) []string {
		return []string{"lfs.url", s.URL + "/lfs", "http." + s.URL + ".extraheader", "Authorization: " + adaSecret, "http." + s.URL + ".extraHeader", "X-Token: secret"}
	}
	t.Run("redirect", func(t *testing.T) {
		s := newServer(t, content)
		s.authorization = adaSecret
		s.get = func(w http.ResponseWriter, r *http.Request, _ string) bool {
			if r.Header.Get("X-Token") != "secret" {
				t.Errorf("the server gets %v", r.Header)
			}
			http.Redirect(w, r, elsewhere.URL+"/x?signature=secret", http.StatusFound)
			return true
		}
		store, err := fetchOne(t, newRepo(t, settings(s)...), content)
		if err != nil {
			t.Fatal(err)
		}
		holdsExactly(t, store, content)
	})
	t.Run("action", func(t *testing.T) {
		s := newServer(t, content)
		s.authorization = adaSecret
		s.batch = func(w http.ResponseWriter, _ *http.Request, q batchQuestion) bool {
			_ = json.NewEncoder(w).Encode(map[string]any{"objects": []any{map[string]any{"oid": q.Objects[0].OID,
				"actions": map[string]any{"download": map[string]any{"href": elsewhere.URL + "/y"}}}}})
			return true
		}
		if _, err := fetchOne(t, newRepo(t, settings(s)...), content); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("batch", func(t *testing.T) {
		s := newServer(t, content)
		front := httptest.NewServer(http.RedirectHandler(s.URL+"/lfs/objects/batch", http.StatusTemporaryRedirect))
		defer front.Close()
		store, err := fetchOne(t, newRepo(t, "lfs.url", front.URL+"/a", "http."+front.URL+".extraheader", "Authorization: "+adaSecret), content)
		if err != nil { // s wants no authorization and refuses one
			t.Fatal(err)
		}
		holdsExactly(t, store, content)
	})
	t.Run("round and round", func(t *testing.T) {
		s := newServer(t, content)
		s.get = func(w http.ResponseWriter, r *http.Request, _ string) bool {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
			return true
		}
		_, err := fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs"), content)
		says(t, err, "redirected more than 5 times")
	})
}

func TestOrigin(t *testing.T) {
	for address, want := range map[string]string{
		"https://H.example.com/a": "https://h.example.com", "https://h:443/a": "https://h", "https://h:80/": "https://h:80",
		"http://h:80": "http://h", "http://h:443": "http://h:443", "https://[::1]:443/": "https://[::1]", "https://u:p@h:1/": "https://h:1",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := origin(u); got != want {
			t.Errorf("origin of %s is %s, want %s", address, got, want)
		}
	}
}

func TestAllowed(t *testing.T) {
	for _, test := range []struct {
		server, at, want string
	}{
		{"https://h/lfs", "https://other/x", ""},
		{"http://h/lfs", "http://other/x", ""},
		{"http://h/lfs", "https://other/x", ""},
		{"https://h/lfs", "http://h/x?secret", "is not encrypted although the server is"},
		{"https://h/lfs", "ftp://h/x", "is not a URL of http"},
		{"https://h/lfs", "https:///x", "is not a URL of http"},
	} {
		at, err := url.Parse(test.at)
		if err != nil {
			t.Fatal(err)
		}
		err = allowed(at, gitrepo.LFSLogin{URL: test.server})
		if test.want == "" && err != nil {
			t.Errorf("%s → %s: %v", test.server, test.at, err)
		} else if test.want != "" {
			says(t, err, test.want)
		}
	}
}

// A server that shows a certificate of nobody's is not asked again.
func TestUnknownCertificate(t *testing.T) {
	asked := 0
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	s.Config.ErrorLog = discardLog()
	defer s.Close()
	_, err := fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs"), some(1, 10)[0])
	says(t, err, "certificate")
	if strings.Contains(err.Error(), "tried") || asked != 0 {
		t.Errorf("error %v after %d requests", err, asked)
	}
}

// A remote that is a repository on this machine needs no server.
func TestFetchFromThisMachine(t *testing.T) {
	contents := some(4, 1000)
	other := newRepo(t)
	for _, content := range contents[:2] {
		oid := objectOf(content).OID
		write(t, filepath.Join(other.GitDir(), "lfs", "objects", oid[:2], oid[2:4], oid), content)
	}
	damaged := objectOf(contents[2]).OID
	write(t, filepath.Join(other.GitDir(), "lfs", "objects", damaged[:2], damaged[2:4], damaged), []byte(strings.Repeat("?", len(contents[2]))))
	for _, url := range []string{other.Root(), "file://" + other.GitDir()} {
		store := NewStore(t.TempDir(), nil)
		leave(t, store, objectOf(contents[0]).OID, []byte("??"))
		var last Progress
		repo := newRepo(t, "remote.origin.url", url)
		err := store.fetch(t.Context(), Source{Repo: repo}, objectsOf(contents), func(p Progress) { last = p }, hasty())
		says(t, err, "fetching 2 LFS objects from", other.Root(), "another SHA-256", "has no such content")
		holdsExactly(t, store, contents[:2]...)
		if want := (Progress{2, 4, objectOf(contents[0]).Size * 2, objectOf(contents[0]).Size * 4}); last != want {
			t.Errorf("progress ends with %+v, want %+v", last, want)
		}
	}
}
