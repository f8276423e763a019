package builder

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
)

// TLS are the files (PEM) that a connection over TCP is secured with; all empty:
// no TLS. Without a CA the machine's authorities are trusted.
type TLS struct {
	CA, Cert, Key string
	// ServerName is the name in the server's certificate; "" is the host of its
	// address.
	ServerName string
}

// TLSDir names the files of a directory, as buildctl's --tlsdir and Docker's
// DOCKER_CERT_PATH lay them out: ca.pem, cert.pem and key.pem, or ca.crt,
// tls.crt and tls.key. A file that is missing is an error.
func TLSDir(dir string) (TLS, error) {
	var t TLS
	for _, file := range []struct {
		path  *string
		names [2]string
	}{
		{&t.CA, [2]string{"ca.pem", "ca.crt"}},
		{&t.Cert, [2]string{"cert.pem", "tls.crt"}},
		{&t.Key, [2]string{"key.pem", "tls.key"}},
	} {
		found, err := firstFile(dir, file.names)
		if err != nil {
			return TLS{}, fmt.Errorf("reading the certificates of %q: %w", dir, err)
		}
		*file.path = found
	}
	return t, nil
}

func firstFile(dir string, names [2]string) (string, error) {
	for _, name := range names {
		path := filepath.Join(dir, name)
		_, err := os.Stat(path)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("there is neither %s nor %s", names[0], names[1])
}

// check is what contradicts itself.
func (t TLS) check() error {
	if (t.Cert == "") != (t.Key == "") {
		return errors.New("a client certificate and its key belong together: name both or neither")
	}
	return nil
}

// options are the BuildKit client's.
func (t TLS) options(host string) []client.ClientOpt {
	name := t.ServerName
	if name == "" {
		name = host
	}
	all := []client.ClientOpt{client.WithServerConfigSystem(name)}
	if t.CA != "" {
		all[0] = client.WithServerConfig(name, t.CA)
	}
	if t.Cert != "" {
		all = append(all, client.WithCredentials(t.Cert, t.Key))
	}
	return all
}

// config is the same for a connection of our own.
func (t TLS) config(host string) (*tls.Config, error) {
	c := &tls.Config{ServerName: t.ServerName, MinVersion: tls.VersionTLS12}
	if c.ServerName == "" {
		c.ServerName = host
	}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%q holds no certificate", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
