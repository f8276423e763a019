package registry_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// A push meets one fault or several in a row, and succeeds with retries: whole,
// and no more than that is asked again.
func TestPushSurvivesFaults(t *testing.T) {
	answer := func(status int) faultproxy.Action {
		return faultproxy.Answer(status, nil, `{"errors":[{"code":"UNAVAILABLE","message":"later"}]}`)
	}
	cases := map[string]faultproxy.Fault{
		"upload cut at its beginning":         {Match: faultproxy.Is("PATCH", "upload"), Nth: 1, Action: faultproxy.CutRequest(0)},
		"upload cut in the middle":            {Match: faultproxy.Is("PATCH", "upload"), Nth: 2, Action: faultproxy.CutRequest(30 << 10)},
		"upload cut twice":                    {Match: faultproxy.Is("PATCH", "upload"), Nth: 1, Times: 2, Action: faultproxy.CutRequest(30 << 10)},
		"answer to an upload lost":            {Match: faultproxy.Is("PATCH", "upload"), Nth: 1, Action: faultproxy.CutResponse(0)},
		"answer to a commit lost":             {Match: faultproxy.Is("PUT", "upload"), Nth: 1, Action: faultproxy.CutResponse(0)},
		"answer to the beginning lost":        {Match: faultproxy.Is("POST", "upload"), Nth: 1, Action: faultproxy.CutResponse(0)},
		"manifest cut":                        {Match: faultproxy.Is("PUT", "manifest"), Nth: 1, Action: faultproxy.CutRequest(10)},
		"answer to the manifest lost":         {Match: faultproxy.Is("PUT", "manifest"), Nth: 1, Action: faultproxy.CutResponse(0)},
		"500 to an upload":                    {Match: faultproxy.Is("PATCH", "upload"), Nth: 1, Action: answer(500)},
		"502 to a commit":                     {Match: faultproxy.Is("PUT", "upload"), Nth: 1, Action: answer(502)},
		"503 to the manifest, three times":    {Match: faultproxy.Is("PUT", "manifest"), Nth: 1, Times: 3, Action: answer(503)},
		"504 to a question for a blob":        {Match: faultproxy.Is("HEAD", "blob"), Nth: 1, Action: answer(504)},
		"429 to an upload":                    {Match: faultproxy.Is("PATCH", "upload"), Nth: 1, Times: 2, Action: answer(429)},
		"the ping is cut":                     {Match: faultproxy.Is("GET", "ping"), Nth: 1, Action: faultproxy.CutResponse(0)},
		"the first requests of all kinds 503": {Nth: 1, Times: 3, Action: answer(503)},
	}
	for name, fault := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			backend := inProcess(t)
			proxy := faultproxy.New(t, backend)
			proxy.Add(fault)
			image := mustImage(t, 5)
			r := newRemote(t, registry.RemoteOptions{})
			if err := remote.Write(tag(t, proxy.Host(), "a/b:1"), image, r.Options(t.Context())...); err != nil {
				t.Fatal(err)
			}
			if want := max(1, fault.Times); proxy.Fired() != want {
				t.Errorf("%d faults struck, not %d", proxy.Fired(), want)
			}
			if n := proxy.Counts().Total().Requests; n > 40 {
				t.Errorf("%d requests:\n%v", n, proxy.Counts())
			}
			wantImage(t, tag(t, strings.TrimPrefix(backend, "http://"), "a/b:1"), image)
		})
	}
}

// A push that fails for good leaves no tag, and its repetition succeeds.
func TestFailedPushLeavesNoTag(t *testing.T) {
	backend := inProcess(t)
	proxy := faultproxy.New(t, backend)
	proxy.Add(faultproxy.Fault{Match: faultproxy.Is("PATCH", "upload"), Nth: 2, Times: 4 * 8, Action: faultproxy.CutRequest(1 << 10)})
	image := mustImage(t, 6)
	r := newRemote(t, registry.RemoteOptions{Jobs: 1})
	err := registry.Explain(remote.Write(tag(t, proxy.Host(), "a:1"), image, r.Options(t.Context())...))
	if !errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), `"a" of registry "`+proxy.Host()+`"`) {
		t.Errorf("the push ends with %v", err)
	}
	direct := tag(t, strings.TrimPrefix(backend, "http://"), "a:1")
	if _, err := remote.Head(direct, r.Fresh(t.Context())...); !errors.Is(registry.Explain(err), registry.ErrNotFound) {
		t.Errorf("asking for the tag: %v", err)
	}
	if err := remote.Write(direct, image, r.Fresh(t.Context())...); err != nil {
		t.Fatal(err)
	}
	wantImage(t, direct, image)
}

func TestDecidedAnswersAreNotAskedAgain(t *testing.T) {
	for status, kind := range map[int]error{
		400: registry.ErrRefused, 403: registry.ErrForbidden, 404: registry.ErrNotFound,
		405: registry.ErrRefused, 501: registry.ErrUnavailable,
		507: registry.ErrNoSpace,
	} {
		proxy := faultproxy.New(t, inProcess(t))
		proxy.Add(faultproxy.Fault{Match: faultproxy.Is("", "manifest"), Action: faultproxy.Answer(status, nil, "")})
		r := newRemote(t, registry.RemoteOptions{})
		_, err := remote.Get(tag(t, proxy.Host(), "a:1"), r.Options(t.Context())...)
		if err = registry.Explain(err); !errors.Is(err, kind) {
			t.Errorf("%d becomes %v", status, err)
		}
		if n := proxy.Counts().Of("", "manifest").Requests; n != 1 {
			t.Errorf("%d was asked %d times", status, n)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]struct {
		requests   int
		atLeast    time.Duration
		rateLimits bool
	}{
		"1":    {requests: 2, atLeast: time.Second},
		"0":    {requests: 2},
		"soon": {requests: 2},
		"3600": {requests: 1, rateLimits: true}, // no command should hang for an hour
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): {requests: 1, rateLimits: true},
		time.Now().UTC().Format(http.TimeFormat):                {requests: 2},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			proxy := faultproxy.New(t, inProcess(t))
			proxy.Add(faultproxy.Fault{
				Match: faultproxy.Is("GET", "tags"), Nth: 1,
				Action: faultproxy.Answer(429, http.Header{"Retry-After": {value}}, ""),
			})
			begin := time.Now()
			r := newRemote(t, registry.RemoteOptions{})
			_, err := remote.List(tag(t, proxy.Host(), "a:1").Context(), r.Options(t.Context())...)
			kind := registry.ErrNotFound // the repository is not there
			if want.rateLimits {
				kind = registry.ErrRateLimited
			}
			if err = registry.Explain(err); !errors.Is(err, kind) {
				t.Errorf("it ends with %v", err)
			}
			if n := proxy.Counts().Of("GET", "tags").Requests; n != want.requests {
				t.Errorf("asked %d times, not %d", n, want.requests)
			}
			if took := time.Since(begin); took < want.atLeast || took > want.atLeast+5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestCancelEndsAWait(t *testing.T) {
	proxy := faultproxy.New(t, inProcess(t))
	proxy.Add(faultproxy.Fault{Match: faultproxy.Is("GET", "tags"), Action: faultproxy.Answer(429, http.Header{"Retry-After": {"50"}}, "")})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	r := newRemote(t, registry.RemoteOptions{})
	_, err := remote.List(tag(t, proxy.Host(), "a:1").Context(), r.Options(ctx)...)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 10*time.Second {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
}

func TestSharedRemoteKeepsItsConnections(t *testing.T) {
	proxy := faultproxy.New(t, inProcess(t))
	r := newRemote(t, registry.RemoteOptions{})
	for seed := range uint64(3) {
		if err := remote.Write(tag(t, proxy.Host(), "a:1"), mustImage(t, seed), r.Options(t.Context())...); err != nil {
			t.Fatal(err)
		}
	}
	if n := proxy.Counts().Of("GET", "ping").Requests; n != 1 {
		t.Errorf("%d pings for three pushes", n)
	}
}

// secretly is a keychain that counts how often it is asked.
type secretly struct {
	mu    sync.Mutex
	asked int
}

func (k *secretly) Resolve(authn.Resource) (authn.Authenticator, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	return authn.FromConfig(authn.AuthConfig{Username: "me", Password: "hunter2hunter2"}), nil
}

func TestPlainHTTPIsForLoopbackOnly(t *testing.T) {
	for _, host := range []string{"10.11.12.13:5000", "192.168.1.9:5000", "machine.localhost:5000"} {
		r, err := registry.New(registry.RemoteOptions{
			Keychain: &secretly{},
			Base: transportFunc(func(request *http.Request) (*http.Response, error) {
				if request.URL.Scheme == "http" {
					t.Errorf("a request went out to %s", request.URL)
				}
				return nil, errors.New("no route in this test")
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = remote.Head(tag(t, host, "a:1"), r.Options(t.Context())...)
		if err = registry.Explain(err); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", host, err)
		}
	}
}
