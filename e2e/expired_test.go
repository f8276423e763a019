package e2e

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

// expiredToken is a service account's token whose time was up an hour ago. The
// API server hands none out for less than ten minutes, so it is signed here.
func (c *cluster) expiredToken(namespace, account string) (string, error) {
	key, err := readKey(c.signingKey)
	if err != nil {
		return "", err
	}
	issued := time.Now().Add(-2 * time.Hour)
	claims := map[string]any{
		"iss": "https://kubernetes.default.svc.cluster.local", "sub": "system:serviceaccount:" + namespace + ":" + account,
		"iat": issued.Unix(), "nbf": issued.Unix(), "exp": issued.Add(time.Hour).Unix(),
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
