package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// cutter stands before an API server and is gone after some writes of Argo's
// objects: what was let through is answered, the next request and all
// connections are broken off, and new ones refused.
type cutter struct {
	login  credentials // those of the server behind, through the cutter
	server *httptest.Server

	mu     sync.Mutex
	writes int // still allowed
	gone   bool

	passing sync.WaitGroup
}

func newCutter(behind credentials, writes int) (*cutter, error) {
	target, err := url.Parse(behind.Server)
	if err != nil {
		return nil, err
	}
	ca, err := base64.StdEncoding.DecodeString(behind.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, errors.New("the API server's authority is no certificate")
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	proxy.FlushInterval = -1                    // a watch is a stream
	proxy.ErrorLog = log.New(io.Discard, "", 0) // being gone is what it is for
	c := &cutter{writes: writes}
	c.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.allows(r) {
			panic(http.ErrAbortHandler)
		}
		defer c.passing.Done()
		proxy.ServeHTTP(w, r)
	}))
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.server.Certificate().Raw})
	c.login = credentials{Server: c.server.URL, CA: base64.StdEncoding.EncodeToString(certificate), Tokens: behind.Tokens}
	return c, nil
}

// allows says whether a request goes through; passing counts it then. The write
// after the last one allowed is where the server goes.
func (c *cutter) allows(r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	write := r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/apis/argoproj.io/") && r.URL.Query().Get("dryRun") == ""
	switch {
	case c.gone:
		return false
	case write && c.writes == 0:
		c.gone = true
		c.server.Listener.Close()
		c.passing.Wait()
		go c.server.CloseClientConnections()
		return false
	case write:
		c.writes--
	}
	c.passing.Add(1)
	return true
}

func (c *cutter) close() { c.server.Close() }
