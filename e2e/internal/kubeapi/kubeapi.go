// Package kubeapi is the little of a Kubernetes client that setting up a
// cluster takes: create objects from their YAML, and ask whether they are
// there yet.
package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"gantline.dev/gantline/e2e/internal/pki"
)

// Client talks to one API server. Make one with [New].
type Client struct {
	server string
	http   *http.Client
}

// New is a client of the server at the URL, which proves itself by ca (PEM) and
// knows this client by its certificate.
func New(server string, ca []byte, user pki.Pair) (*Client, error) {
	pair, err := tls.X509KeyPair(user.Cert, user.Key)
	if err != nil {
		return nil, fmt.Errorf("reading the client certificate: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("reading the cluster's authority: no certificate in it")
	}
	tlsConfig := &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots, MinVersion: tls.VersionTLS12}
	return &Client{server, &http.Client{Transport: &http.Transport{TLSClientConfig: tlsConfig}}}, nil
}

// StatusError is an answer other than 2xx.
type StatusError struct {
	// Code is the HTTP status.
	Code int
	// Message is the server's, or the answer's beginning.
	Message string
}

// Error is the message with the status.
func (e *StatusError) Error() string { return fmt.Sprintf("%s (status %d)", e.Message, e.Code) }

// Get reads what is at the path into answer, or nothing where answer is nil.
func (c *Client) Get(ctx context.Context, path string, answer any) error {
	return c.do(ctx, http.MethodGet, path, nil, answer)
}

// Post sends a JSON body and reads the answer, if it is not nil.
func (c *Client) Post(ctx context.Context, path string, body []byte, answer any) error {
	return c.do(ctx, http.MethodPost, path, body, answer)
}

func (c *Client) do(ctx context.Context, method, path string, body []byte, answer any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("asking the API server: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "devcluster")
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("asking the API server: %w", err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("reading the API server's answer: %w", err)
	}
	if response.StatusCode/100 != 2 {
		return &StatusError{response.StatusCode, message(data)}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fmt.Errorf("reading the API server's answer: %w", err)
	}
	return nil
}

func message(answer []byte) string {
	var status struct{ Message string }
	if json.Unmarshal(answer, &status) == nil && status.Message != "" {
		return status.Message
	}
	return strings.TrimSpace(string(answer[:min(len(answer), 300)]))
}
