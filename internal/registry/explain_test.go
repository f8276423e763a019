package registry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"gantline.dev/gantline/internal/registry"
)

// answered is the error of a registry's answer to the request.
func answered(t *testing.T, method, address string, status int, body string) error {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return transport.CheckError(&http.Response{
		StatusCode: status, Body: io.NopCloser(strings.NewReader(body)),
		Request: &http.Request{Method: method, URL: at},
	})
}

func TestExplainAnswers(t *testing.T) {
	const (
		manifest = "https://ghcr.io/v2/org/app/manifests/v1"
		upload   = "https://ghcr.io/v2/org/app/blobs/uploads/7d1a?_state=SECRETSTATE"
	)
	for _, c := range []struct {
		method, address string
		status          int
		body            string
		kind            error
		want            string
	}{
		{"GET", manifest, 401, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`, registry.ErrUnauthorized,
			`reading "org/app" of registry "ghcr.io": the registry does not know who you are (401: UNAUTHORIZED: authentication required); log in with "docker login ghcr.io", or check the credential helper in Docker's config.json`},
		{"PUT", manifest, 403, `{"errors":[{"code":"DENIED"}]}`, registry.ErrForbidden,
			`writing "org/app" of registry "ghcr.io": the registry does not allow it (403: DENIED); check that the account you are logged in with may do this here`},
		{"HEAD", manifest, 404, ``, registry.ErrNotFound,
			`reading "org/app" of registry "ghcr.io": the registry does not have it (404: Not Found); check the name and the tag; many registries answer so too where you are not logged in`},
		{"GET", manifest, 429, `<html>`, registry.ErrRateLimited,
			`reading "org/app" of registry "ghcr.io": the registry is asked too often (429: Too Many Requests); wait a while, or log in: limits are higher for known users`},
		{"PATCH", upload, 503, ``, registry.ErrUnavailable,
			`writing "org/app" of registry "ghcr.io": the registry failed (503: Service Unavailable); try again later`},
		{"GET", "http://127.0.0.1:5757/v2/org/app/manifests/v1", 500, `{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}`, registry.ErrUnavailable,
			`reading "org/app" of registry "127.0.0.1:5757": the registry failed (500: UNKNOWN: unknown error); try again; if it stays, what the embedded registry holds is damaged, and its log says how: end its process and remove its directory, which gantline cache names`},
		{"GET", "https://ghcr.io/v2/org/app/manifests/v1", 500, ``, registry.ErrUnavailable,
			`reading "org/app" of registry "ghcr.io": the registry failed (500: Internal Server Error); try again later`},
		{"PATCH", upload, 500, `{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"Op":"write","Path":"/x","Err":28}}]}`, registry.ErrNoSpace,
			`writing "org/app" of registry "ghcr.io": the disk is full (500: UNKNOWN: unknown error); free space where the registry keeps its content`},
		{"PATCH", upload, 507, ``, registry.ErrNoSpace,
			`writing "org/app" of registry "ghcr.io": the disk is full (507: Insufficient Storage); free space where the registry keeps its content`},
		{"PUT", upload, 413, `<html>`, registry.ErrTooLarge,
			`writing "org/app" of registry "ghcr.io": the registry takes nothing this large (413: Request Entity Too Large); raise the limit of the registry or of the proxy before it (nginx: client_max_body_size, at least 64m), or keep large files out of the image`},
		{"GET", "https://cdn.example.com/data?X-Amz-Signature=SECRET", 403, ``, registry.ErrForbidden,
			`reading registry "cdn.example.com": the registry does not allow it (403: Forbidden); check that the account you are logged in with may do this here`},
		{"DELETE", manifest, 405, `{"errors":[{"code":"UNSUPPORTED","message":"go to https://me:SECRET@ghcr.io/x?sig=SECRET with Bearer SECRETSECRET"}]}`, registry.ErrRefused,
			`writing "org/app" of registry "ghcr.io": the registry refused the request (405: UNSUPPORTED: go to https://…@ghcr.io/x?… with Bearer …)`},
	} {
		err := registry.Explain(fmt.Errorf("pushing: %w", answered(t, c.method, c.address, c.status, c.body)))
		if err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
		if !errors.Is(err, c.kind) || !errors.As(err, new(*transport.Error)) {
			t.Errorf("%v is not %v, or lost its cause", err, c.kind)
		}
		if again := registry.Explain(err); again != err {
			t.Errorf("explained twice: %v", again)
		}
	}
}

func TestExplainFailures(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	for host, want := range map[string]struct {
		kind error
		text string
	}{
		closed.Addr().String():               {registry.ErrUnreachable, "connection refused); nothing listens there"},
		untrusted.Listener.Addr().String():   {registry.ErrTLS, "certificate"},
		"does-not-exist.example.invalid":     {registry.ErrUnreachable, "check the host's name"},
		"does-not-exist.example.invalid:999": {registry.ErrUnreachable, "check the host's name"},
	} {
		r := newRemote(t, registry.RemoteOptions{})
		_, err := remote.Head(tag(t, host, "a:1"), r.Options(t.Context())...)
		err = registry.Explain(err)
		if !errors.Is(err, want.kind) || !strings.Contains(err.Error(), want.text) || !strings.HasPrefix(err.Error(), fmt.Sprintf("reaching registry %q: ", host)) {
			t.Errorf("%s: %v", host, err)
		}
	}
	plain := &url.Error{Op: "Get", URL: "http://10.0.0.1/v2/", Err: registry.ErrPlainHTTP}
	if got, want := registry.Explain(plain).Error(), `reaching registry "10.0.0.1": plain HTTP is for loopback addresses only; give the registry a certificate, or reach it through a tunnel on 127.0.0.1`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestExplainLeavesOtherErrorsAlone(t *testing.T) {
	other := errors.New("parsing a tag")
	for _, err := range []error{nil, other, context.Canceled} {
		if got := registry.Explain(err); got != err {
			t.Errorf("%v becomes %v", err, got)
		}
	}
	cancelled := &url.Error{Op: "Get", URL: "https://r.example.com/v2/?sig=SECRET", Err: context.Canceled}
	if got := registry.Explain(cancelled); !errors.Is(got, context.Canceled) || strings.Contains(got.Error(), "SECRET") {
		t.Errorf("a cancelled request becomes %v", got)
	}
}

// A registry that wants a login gets the right one and its refusal tells
// nothing of it.
func TestWrongLoginIsNotInTheError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(401)
	}))
	defer server.Close()
	keychain := &secretly{}
	r, err := registry.New(registry.RemoteOptions{Keychain: keychain})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, err = remote.Head(tag(t, strings.TrimPrefix(server.URL, "http://"), "a:1"), r.Options(t.Context())...)
	err = registry.Explain(err)
	if !errors.Is(err, registry.ErrUnauthorized) || keychain.asked == 0 {
		t.Errorf("asked %d times, then: %v", keychain.asked, err)
	}
	if text := fmt.Sprintf("%v %+v", err, err); strings.Contains(text, "hunter2") || strings.Contains(text, "me:") {
		t.Errorf("the login is in the error: %s", text)
	}
}

// Whatever a server writes into its errors, no query of an address reaches the
// text.
func FuzzExplainKeepsQueriesOut(f *testing.F) {
	f.Add("see https://cdn.example.com/x", "X-Amz-Signature=abc")
	f.Add(`{"errors"`, "sig=%3d")
	f.Fuzz(func(t *testing.T, around, query string) {
		if strings.ContainsAny(query, " \t\r\n\"'\\?\v\f") || len(query) < 8 || strings.Contains(around, query) || strings.Contains("unauthorized", query) {
			t.Skip("not one query")
		}
		err := registry.Explain(&transport.Error{
			StatusCode: 400,
			Errors:     []transport.Diagnostic{{Code: "X", Message: around + "?" + query}},
		})
		if strings.Contains(err.Error(), query) {
			t.Errorf("%q is in %v", query, err)
		}
	})
}
