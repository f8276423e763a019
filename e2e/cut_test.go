package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
)

// cutter stands before an API server and is gone after some writes: the next
// request and all connections are broken off, and new ones refused.
type cutter struct {
	login  credentials // those of the server behind, through the cutter
	server *httptest.Server

	mu     sync.Mutex
	writes int // still allowed
	gone   bool
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
	proxy.FlushInterval = -1 // a watch is a stream
	c := &cutter{writes: writes}
	c.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.allows(r) {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.server.Certificate().Raw})
	c.login = credentials{Server: c.server.URL, CA: base64.StdEncoding.EncodeToString(certificate), Tokens: behind.Tokens}
	return c, nil
}

// allows says whether a request goes through. The write after the last one
// allowed is where the server goes.
func (c *cutter) allows(r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch write := r.Method != http.MethodGet && r.URL.Query().Get("dryRun") == ""; {
	case c.gone:
		return false
	case !write:
		return true
	case c.writes > 0:
		c.writes--
		return true
	}
	c.gone = true
	c.server.Listener.Close()
	go c.server.CloseClientConnections()
	return false
}

func (c *cutter) close() { c.server.Close() }
