package faultproxy_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/fakes/faultproxy"
)

// backend answers every request with what it got: method, path, Host, body.
// It keeps how each body ended.
type backend struct {
	url  string
	mu   sync.Mutex
	ends []error
	size []int
}

func newBackend(t *testing.T) *backend {
	b := &backend{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		b.mu.Lock()
		b.ends, b.size = append(b.ends, err), append(b.size, len(body))
		b.mu.Unlock()
		w.Header().Set("X-Seen-Host", r.Host)
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, body)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// seen is how many requests the backend got, and how the last one's body ended.
func (b *backend) seen() (n, lastSize int, lastEnd error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n = len(b.ends); n > 0 {
		lastSize, lastEnd = b.size[n-1], b.ends[n-1]
	}
	return n, lastSize, lastEnd
}

// send makes one request on a connection of its own, so that net/http repeats
// nothing by itself.
func send(t *testing.T, method, url, body string) (status int, answer string, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}

func TestPassesOnAndCounts(t *testing.T) {
	b := newBackend(t)
	p := faultproxy.New(t, b.url)
	for _, path := range []string{"/v2/", "/v2/a/b/manifests/v1", "/v2/a/b/manifests/v2"} {
		status, answer, err := send(t, "PUT", p.URL+path, "12345")
		if want := "PUT " + path + " 12345"; err != nil || status != 200 || answer != want {
			t.Errorf("got %d, %q, %v, not %q", status, answer, err, want)
		}
	}
	send(t, "GET", p.URL+"/elsewhere", "")
	want := faultproxy.Counts{
		{Method: "PUT", Class: "ping"}:     {Requests: 1, In: 5, Out: 14},
		{Method: "PUT", Class: "manifest"}: {Requests: 2, In: 10, Out: 60},
		{Method: "GET", Class: "other"}:    {Requests: 1, Out: 15},
	}
	if diff := cmp.Diff(want, p.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got := p.Counts().Of("PUT", ""); got.Requests != 3 || got.In != 15 {
		t.Errorf("all PUTs: %+v", got)
	}
	if got := p.Requests(); len(got) != 4 || got[1] != (faultproxy.Request{Method: "PUT", Path: "/v2/a/b/manifests/v1", Class: "manifest", Status: 200}) {
		t.Errorf("requests: %+v", got)
	}
	if text := p.Counts().String(); !strings.Contains(text, "manifest PUT        2 requests") {
		t.Errorf("as text:\n%s", text)
	}
	p.Reset()
	if p.Counts().Total().Requests != 0 || len(p.Requests()) != 0 {
		t.Error("Reset left something")
	}
}

func TestKeepsTheHost(t *testing.T) {
	p := faultproxy.New(t, newBackend(t).url)
	response, err := http.Get(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.Header.Get("X-Seen-Host"); got != p.Host() {
		t.Errorf("the server saw the host %q, not %q", got, p.Host())
	}
}

func TestAnswerStrikesTheNthMatch(t *testing.T) {
	b := newBackend(t)
	p := faultproxy.New(t, b.url)
	p.Add(faultproxy.Fault{
		Match: faultproxy.Is("GET", "blob"), Nth: 2, Times: 2,
		Action: faultproxy.Answer(429, http.Header{"Retry-After": {"3"}}, "slow down"),
	})
	var got []int
	for range 5 {
		status, _, err := send(t, "GET", p.URL+"/v2/a/blobs/x", "")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status)
		send(t, "HEAD", p.URL+"/v2/a/blobs/x", "") // matches nothing, counts for nothing
	}
	if diff := cmp.Diff([]int{200, 429, 429, 200, 200}, got); diff != "" {
		t.Error(diff)
	}
	if p.Fired() != 2 {
		t.Errorf("fired %d times", p.Fired())
	}
	if n, _, _ := b.seen(); n != 8 {
		t.Errorf("the server saw %d requests, not 8", n)
	}
}

func TestCutRequest(t *testing.T) {
	b := newBackend(t)
	p := faultproxy.New(t, b.url)
	p.Add(faultproxy.Fault{Nth: 1, Action: faultproxy.CutRequest(1000)})
	p.Add(faultproxy.Fault{Nth: 3, Action: faultproxy.CutRequest(1000)})
	if _, _, err := send(t, "PATCH", p.URL+"/v2/a/blobs/uploads/1", strings.Repeat("x", 1<<20)); err == nil {
		t.Error("the client noticed nothing")
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		n, size, end := b.seen()
		if n == 1 {
			if size > 1000 || !errors.Is(end, io.ErrUnexpectedEOF) {
				t.Errorf("the server got %d bytes, ended by %v", size, end)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the server still waits for the rest")
		}
	}
	if status, _, err := send(t, "PATCH", p.URL+"/v2/a/blobs/uploads/1", "y"); err != nil || status != 200 {
		t.Errorf("the next request: %d, %v", status, err)
	}
	if _, _, err := send(t, "GET", p.URL+"/", ""); err == nil {
		t.Error("a request without a body was not cut")
	}
	if p.Fired() != 2 {
		t.Errorf("fired %d times", p.Fired())
	}
}

func TestCutResponse(t *testing.T) {
	b := newBackend(t)
	p := faultproxy.New(t, b.url)
	p.Add(faultproxy.Fault{Nth: 1, Action: faultproxy.CutResponse(10)})
	p.Add(faultproxy.Fault{Nth: 2, Action: faultproxy.CutResponse(0)})
	_, answer, err := send(t, "POST", p.URL+"/", strings.Repeat("x", 100))
	if err == nil || answer != "POST / xxx" {
		t.Errorf("got %q, %v", answer, err)
	}
	if _, _, err := send(t, "POST", p.URL+"/", "x"); err == nil {
		t.Error("an answer cut at its beginning arrived")
	}
	if n, _, _ := b.seen(); n != 2 {
		t.Errorf("the server did its work %d times, not twice", n)
	}
	if got := p.Requests(); got[0].Status != 200 {
		t.Errorf("requests: %+v", got)
	}
}

func TestDelayAndCallComeBeforeTheServer(t *testing.T) {
	b := newBackend(t)
	p := faultproxy.New(t, b.url)
	var before atomic.Int64
	before.Store(-1)
	p.Add(faultproxy.Fault{Action: faultproxy.Delay(50 * time.Millisecond)})
	p.Add(faultproxy.Fault{Action: faultproxy.Call(func() { n, _, _ := b.seen(); before.Store(int64(n)) })})
	begin := time.Now()
	if _, _, err := send(t, "GET", p.URL, ""); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 50*time.Millisecond {
		t.Errorf("it took only %v", took)
	}
	if before.Load() != 0 || p.Fired() != 2 {
		t.Errorf("called after %d requests, fired %d", before.Load(), p.Fired())
	}
}

func TestConcurrentRequestsAreCountedOnce(t *testing.T) {
	p := faultproxy.New(t, newBackend(t).url)
	p.Add(faultproxy.Fault{Nth: 7, Action: faultproxy.Answer(503, nil, "")})
	var failed atomic.Int64
	var clients sync.WaitGroup
	for range 40 {
		clients.Go(func() {
			if status, _, err := send(t, "GET", p.URL, ""); err != nil || status != 200 {
				failed.Add(1)
			}
		})
	}
	clients.Wait()
	if failed.Load() != 1 || p.Counts().Total().Requests != 40 {
		t.Errorf("%d failed, %d counted", failed.Load(), p.Counts().Total().Requests)
	}
}

func TestClass(t *testing.T) {
	for path, want := range map[string]string{
		"/v2/":                     "ping",
		"/v2/a/b/manifests/latest": "manifest",
		"/v2/a/blobs/sha256:1":     "blob",
		"/v2/a/blobs/uploads/":     "upload",
		"/v2/a/blobs/uploads/u-1":  "upload",
		"/v2/a/tags/list":          "tags",
		"/v2/a/referrers/sha256:1": "referrers",
		"/v2/_catalog":             "other",
		"/token":                   "other",
	} {
		if got := faultproxy.Class(httptest.NewRequest("GET", path, nil)); got != want {
			t.Errorf("%s is %q, not %q", path, got, want)
		}
	}
}
