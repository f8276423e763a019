// Package pki makes what the parts of a test cluster prove themselves with: a
// certificate authority of the cluster's own, certificates from it, and
// kubeconfig files. Everything is valid for a year, which no test cluster lives.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

const validity = 365 * 24 * time.Hour

// Pair is a certificate and its key, or a key alone, in PEM.
type Pair struct{ Cert, Key []byte }

// CA is a certificate authority. Make one with [NewCA].
type CA struct {
	// Cert is the authority's own certificate, in PEM.
	Cert []byte

	parsed *x509.Certificate
	key    *ecdsa.PrivateKey
}

// Subject is whom a certificate is for.
type Subject struct {
	// CommonName is the user to Kubernetes, Groups are the user's groups.
	CommonName string
	Groups     []string
	// Hosts are the names and addresses that a server answers at; none for a
	// client.
	Hosts []string
}

// NewCA makes an authority with a key of its own.
func NewCA(name string) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a certificate authority: %w", err)
	}
	template, err := certificate(Subject{CommonName: name})
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = nil
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("making a certificate authority: %w", err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making a certificate authority: %w", err)
	}
	return &CA{Cert: encode("CERTIFICATE", der), parsed: parsed, key: key}, nil
}

// Issue makes a key and a certificate for it, which serves clients and, where
// the subject has hosts, servers.
func (c *CA) Issue(subject Subject) (Pair, error) {
	pair, key, err := newKey()
	if err != nil {
		return Pair{}, err
	}
	template, err := certificate(subject)
	if err != nil {
		return Pair{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.parsed, &key.PublicKey, c.key)
	if err != nil {
		return Pair{}, fmt.Errorf("issuing a certificate to %q: %w", subject.CommonName, err)
	}
	pair.Cert = encode("CERTIFICATE", der)
	return pair, nil
}

// NewKey makes a key without a certificate, as service account tokens are
// signed with.
func NewKey() (Pair, error) {
	pair, _, err := newKey()
	return pair, err
}

func newKey() (Pair, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, nil, fmt.Errorf("making a key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return Pair{}, nil, fmt.Errorf("making a key: %w", err)
	}
	return Pair{Key: encode("EC PRIVATE KEY", der)}, key, nil
}

func certificate(subject Subject) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("choosing a serial number: %w", err)
	}
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: subject.CommonName, Organization: subject.Groups},
		NotBefore:    now.Add(-time.Hour), // clocks of other machines
		NotAfter:     now.Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, host := range subject.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, host)
		}
	}
	if len(subject.Hosts) > 0 {
		c.ExtKeyUsage = append(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	return c, nil
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
