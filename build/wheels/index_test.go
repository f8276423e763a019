package wheels

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const jsonType = "application/vnd.pypi.simple.v1+json"

var indexFiles = cmp.AllowUnexported(indexFile{})

func TestPages(t *testing.T) {
	at, err := url.Parse("https://user:secret@example.com/simple/idna/")
	if err != nil {
		t.Fatal(err)
	}
	want := []indexFile{
		{LockedFile: LockedFile{Name: "idna-3.10.tar.gz", URL: "https://example.com/files/idna-3.10.tar.gz", SHA256: "ab"}, requiresPython: ">=3.6", yanked: true},
		{LockedFile: LockedFile{Name: "idna-3.10+x-py3-none-any.whl", URL: "https://files.example.com/idna-3.10%2Bx-py3-none-any.whl"}},
	}
	json := `{"meta": {"api-version": "1.1"}, "files": [
		{"filename": "idna-3.10.tar.gz", "url": "../../files/idna-3.10.tar.gz", "hashes": {"sha256": "AB"}, "requires-python": ">=3.6", "yanked": "broken"},
		{"filename": "idna-3.10+x-py3-none-any.whl", "url": "https://files.example.com/idna-3.10%2Bx-py3-none-any.whl", "hashes": {}, "yanked": false}]}`
	html := `<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"></head><body>
		<a href="../../files/idna-3.10.tar.gz#egg=idna&amp;sha256=AB" data-requires-python="&gt;=3.6" data-yanked>x</a><br/>
		<a name="no link">y</a>
		<a href="//files.example.com/idna-3.10%2Bx-py3-none-any.whl#md5=00">z</a>`
	for kind, body := range map[string]string{jsonType: json, jsonType + "; charset=utf-8": json, "text/html": html, "": html} {
		got, err := parsePage(kind, []byte(body), at)
		if diff := cmp.Diff(want, got, indexFiles); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", kind, err, diff)
		}
	}
}

func TestBaseOfPages(t *testing.T) {
	at := &url.URL{Scheme: "https", Host: "example.com", Path: "/simple/idna/"}
	got, err := parsePage("text/html", []byte(`<head><base href="https://other.example.com/x/"></head><a href="idna-1.zip">`), at)
	if err != nil || len(got) != 1 || got[0].URL != "https://other.example.com/x/idna-1.zip" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBadPages(t *testing.T) {
	at := &url.URL{Scheme: "https", Host: "example.com"}
	for _, c := range []struct{ kind, body, want string }{
		{jsonType, `{"meta": {}}`, errNoPage.Error()},
		{jsonType, `<html>`, errNoPage.Error()},
		{jsonType, `{"meta": {"api-version": "2.0"}, "files": []}`, `it is a page of version "2.0" of the simple API; 1 is expected`},
		{"text/html", `<meta name="pypi:repository-version" content="2.0">`, `it is a page of version "2.0" of the simple API; 1 is expected`},
	} {
		if _, err := parsePage(c.kind, []byte(c.body), at); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v", c.body, err)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add(true, `{"meta": {"api-version": "1.1"}, "files": [{"filename": "a", "url": "b", "hashes": {"sha256": "c"}, "yanked": "d"}]}`)
	f.Add(false, `<base href="/x"><a href="y#sha256=z" data-requires-python=">=3">`)
	at := &url.URL{Scheme: "https", Host: "example.com", Path: "/a/"}
	f.Fuzz(func(t *testing.T, json bool, body string) {
		kind := map[bool]string{true: jsonType, false: "text/html"}[json]
		files, err := parsePage(kind, []byte(body), at)
		for _, file := range files {
			if err != nil || file.URL == "" || file.Size < 0 {
				t.Errorf("%+v, %v", file, err)
			}
		}
	})
}

func TestIndexIsAskedAgain(t *testing.T) {
	answers := []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusOK}
	s := serve(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := answers[0]
		answers = answers[1:]
		w.Header().Set("Retry-After", "3600")
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(status)
		fmt.Fprint(w, `{"files": []}`)
	})
	got, err := readPage(context.Background(), newWeb(nil, nil, brisk), s.URL+"/simple/", "idna")
	if err != nil || got.absent != nil || len(answers) != 0 {
		t.Errorf("%+v, %v, %d answers left", got, err, len(answers))
	}
}

func TestIndexAnswers(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusNotFound:            "",
		http.StatusForbidden:           "",
		http.StatusUnauthorized:        "answered 401 Unauthorized: it needs a user and password, or others than those given",
		http.StatusInternalServerError: "answered 500 Internal Server Error",
		http.StatusBadRequest:          "answered 400 Bad Request",
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		base := strings.Replace(s.URL, "://", "://user:secret@", 1) + "/simple?token=secret"
		got, err := readPage(context.Background(), newWeb(nil, map[string]Login{"elsewhere": {"me", "secret"}}, brisk), base, "idna")
		switch {
		case want == "" && (err != nil || got.absent == nil):
			t.Errorf("%d: %+v, %v", status, got, err)
		case want != "" && (err == nil || !strings.HasSuffix(err.Error(), want)):
			t.Errorf("%d: %v", status, err)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("%d: the error tells a secret: %v", status, err)
		}
	}
}

func TestLogins(t *testing.T) {
	var told []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		told = append(told, user+" "+password)
		w.Header().Set("Content-Type", jsonType)
		fmt.Fprint(w, `{"files": []}`)
	})
	host := strings.TrimPrefix(s.URL, "http://")
	for _, logins := range []map[string]Login{{host: {"me", "secret"}}, {"example.com": {"me", "secret"}}} {
		if _, err := readPage(context.Background(), newWeb(nil, logins, brisk), s.URL, "idna"); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"me secret", " "}, told); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsTellNoSecrets(t *testing.T) {
	w := newWeb(nil, nil, brisk)
	for _, address := range []string{"http://user:secret@127.0.0.1:1/x?secret", "https://user:sec%zzret@x/", "ftp://user:secret@x/secret?secret", "http://secret@[::1"} {
		_, err := w.get(context.Background(), address, nil)
		if err == nil || strings.Contains(strings.ReplaceAll(err.Error(), "ftp://x/secret", ""), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestNoRedirectToHTTP(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") })
	w := newWeb(&http.Client{Transport: redirecting(plain.URL)}, nil, brisk)
	if _, err := w.get(context.Background(), "https://example.com/", nil); err == nil || !strings.Contains(err.Error(), "redirects from https to http") {
		t.Errorf("%v", err)
	}
	if asked := plain.questions(); asked != nil {
		t.Errorf("the server was asked %v", asked)
	}
}

// redirecting is a server that sends elsewhere whoever asks.
type redirecting string

func (r redirecting) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusFound, Header: http.Header{"Location": {string(r)}}, Body: http.NoBody, Request: req,
	}, nil
}

func TestSilentServers(t *testing.T) {
	for _, begun := range []bool{false, true} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if begun {
				w.WriteHeader(http.StatusOK)
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		})
		impatient := patience{attempts: 2, first: 1, most: 1, idle: 1}
		if begun {
			impatient.idle = 100 * time.Millisecond // for the answer to begin
		}
		_, err := readPage(context.Background(), newWeb(nil, nil, impatient), s.URL, "idna")
		if err == nil || !strings.HasSuffix(err.Error(), s.URL+"/idna/: the server sent nothing for too long") {
			t.Errorf("%v: %v", begun, err)
		}
	}
}
