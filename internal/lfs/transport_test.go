package lfs

import (
	"encoding/pem"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// A server with a certificate of the company's own is trusted where git trusts
// it.
func TestCertificateOfTheirOwn(t *testing.T) {
	content := some(1, 100)[0]
	s := newServer(t, content)
	s.Server.Close()
	s.Server = httptest.NewTLSServer(s)
	s.Config.ErrorLog = discardLog()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	store, err := fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs", "http."+s.URL+"/.sslCAInfo", ca), content)
	if err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
	_, err = fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs"), content)
	says(t, err, "certificate", "git config http.sslCAInfo FILE")
	write(t, ca, []byte("no certificate"))
	_, err = fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs", "http.sslCAInfo", ca), content)
	says(t, err, "reading the certificates of http.sslCAInfo: there are none in")
	_, err = fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs", "http.sslCAInfo", ca+".gone"), content)
	says(t, err, "reading the certificates of http.sslCAInfo", "no such file")
}

// What git sends through a proxy goes through it.
func TestProxy(t *testing.T) {
	content := some(1, 100)[0]
	s := newServer(t, content)
	address := s.URL
	// The server is its own proxy: it is asked for the whole URL, of a host that
	// is nowhere.
	s.URL = "http://lfs.invalid"
	store, err := fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs", "http.proxy", strings.TrimPrefix(address, "http://")), content)
	if err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
	_, err = fetchOne(t, newRepo(t, "lfs.url", s.URL+"/lfs", "http.proxy", "http://u:secret@"), content)
	says(t, err, "is not the URL of a proxy")
}
