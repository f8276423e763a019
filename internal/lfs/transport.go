package lfs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
)

// newTransport makes connections as git does: through its proxy, else the one of
// the environment, and to servers whose certificates it trusts.
func newTransport(s gitrepo.HTTPSettings) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = transfers + 1
	// Contents come as they are: their digest is known, and parts of them are
	// asked for.
	transport.DisableCompression = true
	if s.Proxy != "" {
		proxy, err := readProxy(s.Proxy)
		if err != nil {
			return nil, err
		}
		transport.Proxy = http.ProxyURL(proxy)
	}
	if s.CAFile != "" {
		pool, err := readCertificates(s.CAFile)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return transport, nil
}

// readProxy reads http.proxy; as for git it may be host:port.
func readProxy(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	proxy, err := url.Parse(text)
	if err != nil || proxy.Host == "" {
		return nil, fmt.Errorf("reading http.proxy: %q is not the URL of a proxy", gitrepo.Redact(text))
	}
	return proxy, nil
}

// readCertificates is the system's certificates and those of a file: contents
// may come from other hosts than the one that the file is for.
func readCertificates(path string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the certificates of http.sslCAInfo: %w", err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("reading the certificates of http.sslCAInfo: there are none in %q", path)
	}
	return pool, nil
}
