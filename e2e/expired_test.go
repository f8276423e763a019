package e2e

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// expiredToken is a service account's token whose time was up an hour ago. The
// API server hands none out for less than ten minutes, so it is signed here. One
// that differs in its times alone is tried first: it must be good.
func (c *cluster) expiredToken(namespace, account string) (string, error) {
	good, err := c.signedToken(namespace, account, time.Now())
	if err != nil {
		return "", err
	}
	login, err := c.endpoint()
	if err != nil {
		return "", err
	}
	login.Tokens = map[string]string{"good": good}
	file, err := os.CreateTemp("", "gantline-e2e-*.kubeconfig")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	if err := errors.Join(file.Close(), login.write(file.Name())); err != nil {
		return "", err
	}
	if _, err := command("", nil, c.kubectlPath, "--kubeconfig", file.Name(), "--context", "good", "auth", "whoami"); err != nil {
		return "", fmt.Errorf("a token signed here is not taken before it expires: %w", err)
	}
	return c.signedToken(namespace, account, time.Now().Add(-2*time.Hour))
}

// signedToken is a token that is good for an hour.
func (c *cluster) signedToken(namespace, account string, issued time.Time) (string, error) {
	key, err := readKey(c.signingKey)
	if err != nil {
		return "", err
	}
	uid, err := c.kubectl("get", "serviceaccount", account, "--namespace", namespace, "-o", "jsonpath={.metadata.uid}")
	if err != nil {
		return "", err
	}
	const issuer = "https://kubernetes.default.svc.cluster.local"
	claims := map[string]any{
		"iss": issuer, "aud": []string{issuer}, "sub": "system:serviceaccount:" + namespace + ":" + account,
		"iat": issued.Unix(), "nbf": issued.Unix(), "exp": issued.Add(time.Hour).Unix(),
		"kubernetes.io": map[string]any{
			"namespace": namespace, "serviceaccount": map[string]string{"name": account, "uid": uid},
		},
	}
	header, headerErr := json.Marshal(map[string]string{"alg": "ES256"})
	body, bodyErr := json.Marshal(claims)
	if headerErr != nil || bodyErr != nil {
		return "", fmt.Errorf("encoding a token: %w %w", headerErr, bodyErr)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode(header) + "." + encode(body)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64) // of a P-256 key: both numbers, 32 bytes each
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + encode(signature), nil
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("reading %q: no PEM", path)
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	return key, nil
}
