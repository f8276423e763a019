// Package faultproxy stands before a real HTTP server in tests and benchmarks:
// it passes requests on, counts them and their bytes, and at the request asked
// for delays, cuts the connection, answers by itself, or calls a function.
//
//	proxy := faultproxy.New(t, registryURL)
//	proxy.Add(faultproxy.Fault{
//		Match: faultproxy.Is("PATCH", "upload"), Nth: 2,
//		Action: faultproxy.CutRequest(1 << 16),
//	})
//	push(proxy.Host()) // through the proxy
//	if proxy.Fired() != 1 { … }
//	if n := proxy.Counts().Of("PUT", "manifest").Requests; n != 1 { … }
//
// The server sees the Host that the client asked for, so that addresses that it
// makes lead back to the proxy. The proxy speaks HTTP/1.1 on the loopback
// address.
package faultproxy

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Proxy is a running proxy. It is safe for concurrent use.
type Proxy struct {
	// URL is where it listens: http://127.0.0.1:port.
	URL string

	server  *httptest.Server
	reverse *httputil.ReverseProxy

	mu     sync.Mutex
	faults []*armed
	fired  int
	counts Counts
	log    []*Request
}

// New starts a proxy before the server at the address (http://host:port), which
// ends with the test or benchmark.
func New(tb testing.TB, target string) *Proxy {
	tb.Helper()
	to, err := url.Parse(target)
	if err != nil || to.Host == "" {
		tb.Fatalf("starting a proxy before %q: want http://host:port (%v)", target, err)
	}
	// Its own connections: a fault must not leave broken ones to others.
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	p := &Proxy{counts: Counts{}}
	p.reverse = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		Transport:     transport,
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
		// The server's side broke: so does the client's.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.server = httptest.NewUnstartedServer(p)
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.server.Start()
	p.URL = p.server.URL
	tb.Cleanup(func() {
		p.server.CloseClientConnections()
		p.server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// Host is the host:port of URL: what an image reference begins with.
func (p *Proxy) Host() string { return strings.TrimPrefix(p.URL, "http://") }

// Add arms a fault, in addition to those there are. Its Nth counts from now.
func (p *Proxy) Add(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, &armed{Fault: f})
}

// Fired is how many times faults have struck. A test should look at it: a fault
// that never struck proves nothing.
func (p *Proxy) Fired() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fired
}

// Counts is what has passed so far, of requests under way too.
func (p *Proxy) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts.clone()
}

// Requests are the requests in the order in which they came.
func (p *Proxy) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Request, len(p.log))
	for i, request := range p.log {
		list[i] = *request
	}
	return list
}

// Reset sets counts and requests back to nothing. Faults stay.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts, p.log = Counts{}, nil
}

// ServeHTTP passes one request on, or lets the faults that match strike.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := Key{r.Method, Class(r)}
	answered := p.begin(key, r.URL.Path)
	out := &writer{ResponseWriter: w, cut: -1, answered: answered, count: func(n int64) { p.count(key, Count{Out: n}) }}
	in := &reader{ReadCloser: r.Body, cut: -1, count: func(n int64) { p.count(key, Count{In: n}) }}
	r.Body = in
	x := &exchange{w: out, r: r, in: in, out: out}
	for _, action := range p.strike(r) {
		action(x)
	}
	if !x.answered {
		p.reverse.ServeHTTP(out, r)
	}
}

// begin notes a request; the function returned notes its status.
func (p *Proxy) begin(key Key, path string) func(status int) {
	p.count(key, Count{Requests: 1})
	request := &Request{Method: key.Method, Path: path, Class: key.Class}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, request)
	return func(status int) {
		p.mu.Lock()
		defer p.mu.Unlock()
		request.Status = status
	}
}

// strike is the actions of the faults whose turn this request is.
func (p *Proxy) strike(r *http.Request) []Action {
	p.mu.Lock()
	defer p.mu.Unlock()
	var due []Action
	for _, f := range p.faults {
		if f.due(r) {
			p.fired++
			due = append(due, f.Action)
		}
	}
	return due
}

func (p *Proxy) count(key Key, more Count) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[key] = p.counts[key].plus(more)
}
