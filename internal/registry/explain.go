package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// The kinds of an Error, for errors.Is.
var (
	ErrUnauthorized = errors.New("the registry does not know who you are")
	ErrForbidden    = errors.New("the registry does not allow it")
	ErrNotFound     = errors.New("the registry does not have it")
	ErrRateLimited  = errors.New("the registry is asked too often")
	ErrUnavailable  = errors.New("the registry failed")
	ErrUnreachable  = errors.New("the registry cannot be reached")
	ErrTLS          = errors.New("the registry's TLS is not as it must be")
	ErrPlainHTTP    = errors.New("plain HTTP is for loopback addresses only")
	ErrNoSpace      = errors.New("the disk is full")
	ErrTooLarge     = errors.New("the registry takes nothing this large")
	ErrRefused      = errors.New("the registry refused the request")
)

// Error is what went wrong with a registry, in words that carry no credential
// and no signed address. What it wraps may carry them: it is for errors.As.
type Error struct {
	// Kind is one of the sentinels above.
	Kind error
	// Host is the registry, or the server that it sent us to.
	Host string
	// Repository is what was asked about, "" where it is not known.
	Repository string
	// Status is the HTTP status, 0 where there was no answer.
	Status int
	// Advice is what the user can do.
	Advice string

	doing string // reading, writing, reaching
	said  string // the registry's words, or the cause, scrubbed
	cause error
}

// Error is one sentence and the advice.
func (e *Error) Error() string {
	what := fmt.Sprintf("registry %q", e.Host)
	if e.Repository != "" {
		what = fmt.Sprintf("%q of registry %q", e.Repository, e.Host)
	}
	details := e.said
	if e.Status != 0 {
		details = strings.TrimSuffix(fmt.Sprintf("%d: %s", e.Status, e.said), ": ")
	}
	text := fmt.Sprintf("%s %s: %v", e.doing, what, e.Kind)
	if details != "" {
		text += " (" + details + ")"
	}
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// Unwrap is the kind and the cause.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.cause} }

// Explain makes an Error of what an operation on a registry returned. Nil,
// errors explained already, and errors that no registry and no network caused
// are returned as they are.
func Explain(err error) error {
	if explained := new(Error); err == nil || errors.As(err, &explained) {
		return err
	}
	// On a loopback host the library tries plain HTTP after TLS and returns both
	// errors. The first is the one to tell where it is about the certificate.
	answer, failed := new(transport.Error), new(url.Error)
	if errors.As(err, &answer) && !(isCertificate(err) && errors.As(err, &failed)) {
		return explainAnswer(answer, err)
	}
	if errors.As(err, &failed) {
		return explainFailure(failed, err)
	}
	if network := new(net.OpError); errors.As(err, &network) && network.Addr != nil {
		return explainFailure(&url.Error{Op: "Get", URL: "//" + network.Addr.String(), Err: network}, err)
	}
	return err
}

// explainAnswer is for a status that the registry answered.
func explainAnswer(answer *transport.Error, cause error) *Error {
	e := &Error{Status: answer.StatusCode, said: words(answer), cause: cause, doing: "asking"}
	if answer.Request != nil {
		e.subject(answer.Request.Method, answer.Request.URL)
	}
	switch status := answer.StatusCode; {
	case noSpace(cause):
		e.Kind, e.Advice = ErrNoSpace, "free space where the registry keeps its content"
	case status == http.StatusUnauthorized:
		e.Kind, e.Advice = ErrUnauthorized, fmt.Sprintf(`log in with "docker login %s", or check the credential helper in Docker's config.json`, e.Host)
	case status == http.StatusForbidden:
		e.Kind, e.Advice = ErrForbidden, "check that the account you are logged in with may do this here"
	case status == http.StatusNotFound:
		e.Kind, e.Advice = ErrNotFound, "check the name and the tag; many registries answer so too where you are not logged in"
	case status == http.StatusTooManyRequests:
		e.Kind, e.Advice = ErrRateLimited, "wait a while, or log in: limits are higher for known users"
	case status == http.StatusRequestEntityTooLarge:
		e.Kind, e.Advice = ErrTooLarge, "raise the limit of the registry or of the proxy before it (nginx: client_max_body_size, at least 64m), "+
			"or keep large files out of the image"
	case status == http.StatusInternalServerError && loopback(e.Host):
		e.Kind, e.Advice = ErrUnavailable, "try again; if it stays, what the embedded registry holds is damaged, and its log says how: "+
			"end its process and remove its directory, which gantline cache names"
	case status >= 500:
		e.Kind, e.Advice = ErrUnavailable, "try again later"
	default:
		e.Kind = ErrRefused
	}
	return e
}

// loopback says whether a registry is on this machine, where the embedded one
// is.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	return err == nil && net.ParseIP(name).IsLoopback()
}

// explainFailure is for a request that got no answer.
func explainFailure(failed *url.Error, cause error) error {
	if errors.Is(failed, context.Canceled) {
		return context.Canceled
	}
	e := &Error{said: scrub(failed.Err.Error()), cause: cause}
	if at, err := url.Parse(failed.URL); err == nil {
		e.subject(strings.ToUpper(failed.Op), at)
	}
	e.doing = "reaching"
	dial := new(net.OpError)
	switch {
	case noSpace(failed):
		e.Kind, e.Advice = ErrNoSpace, "free space on this machine"
	case isCertificate(cause):
		e.Kind, e.Advice = ErrTLS, "where it has a private certificate authority, add that to the system's (or name it in SSL_CERT_FILE)"
	case errors.Is(failed, syscall.ECONNREFUSED):
		e.Kind, e.Advice = ErrUnreachable, "nothing listens there: check the host and the port"
	case errors.As(failed, &dial) && dial.Op == "dial":
		e.Kind, e.Advice = ErrUnreachable, "check the host's name, the network and the proxy settings"
	case errors.Is(cause, ErrPlainHTTP):
		e.Kind, e.said, e.Advice = ErrPlainHTTP, "", "give the registry a certificate, or reach it through a tunnel on 127.0.0.1"
	case isBroken(cause):
		e.Kind, e.Advice = ErrUnavailable, "the connection broke, several times: try again"
	case isHandshake(failed):
		e.Kind, e.Advice = ErrTLS, "check the port: what listens there may not speak TLS"
	default:
		e.Kind, e.Advice = ErrUnreachable, "check the network and the proxy settings"
	}
	return e
}

// subject fills in what the request was about: never the query, which may be a
// signature.
func (e *Error) subject(method string, at *url.URL) {
	e.Host = at.Host
	e.doing = "reading"
	if method != http.MethodGet && method != http.MethodHead {
		e.doing = "writing"
	}
	rest, ok := strings.CutPrefix(at.Path, "/v2/")
	if !ok {
		return
	}
	for _, part := range []string{"/manifests/", "/blobs/", "/tags/", "/referrers/"} {
		if i := strings.LastIndex(rest, part); i > 0 {
			e.Repository = rest[:i]
			return
		}
	}
}

// words are the registry's own about its answer, scrubbed.
func words(answer *transport.Error) string {
	var said []string
	for _, d := range answer.Errors {
		said = append(said, strings.TrimSuffix(fmt.Sprintf("%s: %s", d.Code, d.Message), ": "))
	}
	if len(said) == 0 {
		return http.StatusText(answer.StatusCode)
	}
	return scrub(strings.Join(said, "; "))
}

// isCertificate says whether a server's certificate was not accepted.
func isCertificate(err error) bool {
	return errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(x509.UnknownAuthorityError)) ||
		errors.As(err, new(x509.HostnameError)) || errors.As(err, new(x509.CertificateInvalidError))
}

// isHandshake says whether TLS did not come about.
func isHandshake(err error) bool {
	return errors.As(err, new(tls.RecordHeaderError)) || errors.As(err, new(tls.AlertError)) ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") // net/http has no value for it
}

// noSpace says whether a disk was full, here or at the registry.
func noSpace(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	answer := new(transport.Error)
	return errors.As(err, &answer) && (answer.StatusCode == http.StatusInsufficientStorage ||
		answer.StatusCode >= 500 && saysNoSpace(answer.Error()))
}

// saysNoSpace finds a full disk in an error's text. distribution gives the
// system's error number (28, ENOSPC) in a path error's JSON.
func saysNoSpace(text string) bool {
	return strings.Contains(text, "no space left") || strings.Contains(text, "disk quota exceeded") ||
		strings.Contains(text, `"Err":28`) || strings.Contains(text, "Err:28")
}

// What scrub takes out: the query of an address, the user in one, and what
// follows the name of an authentication scheme.
var (
	queryPattern  = regexp.MustCompile(`\?[^\s"']+`)
	userPattern   = regexp.MustCompile(`//[^/@\s"']+@`)
	schemePattern = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}`)
)

// scrub removes what may be a secret from a text that a server or the network
// library wrote.
func scrub(text string) string {
	text = queryPattern.ReplaceAllString(text, "?…")
	text = userPattern.ReplaceAllString(text, "//…@")
	return schemePattern.ReplaceAllString(text, "$1 …")
}
