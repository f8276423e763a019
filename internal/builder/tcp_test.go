package builder_test

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
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/builder/buildertest"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

// issue writes ca.pem, cert.pem and key.pem for a name to a new directory, which
// it returns.
func (a authority) issue(t *testing.T, name string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for file, block := range map[string]*pem.Block{
		"ca.pem":   {Type: "CERTIFICATE", Bytes: a.certificate.Raw},
		"cert.pem": {Type: "CERTIFICATE", Bytes: der},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serveTCP runs a buildkitd at a port of this machine, which takes only clients
// with a certificate of the directory's authority. It is host:port.
func serveTCP(t *testing.T, certificates string) string {
	t.Helper()
	buildertest.Require(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	config := fmt.Sprintf(`root = %q
[grpc]
address = ["tcp://%s"]
[grpc.tls]
ca = %q
cert = %q
key = %q
[otel]
socketPath = ""
[worker.containerd]
enabled = false
[cdi]
disabled = true
`, filepath.Join(dir, "root"), address, filepath.Join(certificates, "ca.pem"), filepath.Join(certificates, "cert.pem"), filepath.Join(certificates, "key.pem"))
	file := filepath.Join(dir, "buildkitd.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(buildertest.Buildkitd(t), "--config", file)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it was told to end
		if t.Failed() {
			t.Log(log.String())
		}
	})
	eventually(t, "the port is open", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return address
}

func TestDaemonBehindTLS(t *testing.T) {
	buildertest.Require(t)
	ours := newAuthority(t, "ours")
	server := ours.issue(t, "builder.example.com")
	address := "tcp://" + serveTCP(t, server)
	tlsOf := func(dir string, change func(*builder.TLS)) builder.TLS {
		files, err := builder.TLSDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		files.ServerName = "builder.example.com"
		change(&files)
		return files
	}
	client, stranger := ours.issue(t, "ann"), newAuthority(t, "theirs").issue(t, "eve")
	as := func(*builder.TLS) {}
	for _, test := range []struct {
		name string
		tls  builder.TLS
		want string
	}{
		{"its client", tlsOf(client, as), ""},
		{"another name", tlsOf(client, func(f *builder.TLS) { f.ServerName = "" }), "tcp://127.0.0.1"},
		{"another authority", tlsOf(client, func(f *builder.TLS) { f.CA = filepath.Join(stranger, "ca.pem") }), "are its certificate and yours of authorities that the other trusts?"},
		{"the machine's authorities", tlsOf(client, func(f *builder.TLS) { f.CA = "" }), "are its certificate and yours"},
		{"a stranger", tlsOf(stranger, func(f *builder.TLS) { f.CA = filepath.Join(client, "ca.pem") }), "are its certificate and yours"},
		{"no certificate", tlsOf(client, func(f *builder.TLS) { f.Cert, f.Key = "", "" }), "are its certificate and yours"},
		{"no TLS", builder.TLS{}, "is a BuildKit daemon running there, and one without TLS?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, err := builder.Find(t.Context(), builder.Options{Address: address, TLS: test.tls})
			if err == nil {
				defer b.Close()
			}
			if test.want == "" && err == nil {
				build(t, b)
				return
			}
			if err == nil || test.want == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
