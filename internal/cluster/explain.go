package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// The kinds of an Error, for errors.Is.
var (
	ErrUnauthorized = errors.New("the cluster does not know who you are")
	ErrForbidden    = errors.New("the cluster does not allow it")
	ErrNoNamespace  = errors.New("the namespace does not exist")
	ErrNoArgo       = errors.New("the cluster has no Argo Workflows")
	ErrNotFound     = errors.New("the cluster does not have it")
	ErrConflict     = errors.New("somebody else changed it")
	ErrInvalid      = errors.New("the cluster refuses the object")
	ErrUnreachable  = errors.New("the cluster cannot be reached")
	ErrTLS          = errors.New("the cluster's certificate is not as it must be")
	ErrUnavailable  = errors.New("the cluster failed")
)

// Error is what went wrong with a cluster, in a sentence, and what to do.
type Error struct {
	// Kind is one of the sentinels above.
	Kind error
	// Doing is what was tried: reading CronWorkflow "agent-nightly".
	Doing string
	// Said is the API server's words or the cause.
	Said string
	// Advice is what the user can do; empty where nobody knows.
	Advice string

	cause error
}

// Error is the sentence, and the advice on a line of its own.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %s", e.Doing, e.Kind)
	if e.Said != "" {
		text += ": " + e.Said
	}
	if e.Advice != "" {
		text += "\n  " + e.Advice
	}
	return text
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.cause} }

// Explain turns an error of a request to the cluster into an *Error. doing is
// what was tried, as in "applying CronWorkflow/agent-nightly". A canceled
// context, an error that is explained already, and nil stay as they are.
func (c *Cluster) Explain(doing string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	out := &Error{Kind: ErrUnavailable, Doing: doing, Said: said(err), cause: err}
	switch {
	case strings.Contains(err.Error(), noCredentials):
		out.Kind = ErrUnauthorized
		out.Advice = fmt.Sprintf("the program that the kubeconfig names for context %q gave no credentials: is it installed, and are you logged in with it?", c.Context)
	case apierrors.IsUnauthorized(err), apierrors.IsForbidden(err) && strings.Contains(err.Error(), anonymous):
		out.Kind, out.Said = ErrUnauthorized, ""
		out.Advice = fmt.Sprintf("the credentials of context %q are missing or have expired: log in again, or give CI a fresh token", c.Context)
	case apierrors.IsForbidden(err):
		out.Kind = ErrForbidden
		// Rights are per namespace, so that one which does not exist gives none.
		out.Advice = fmt.Sprintf(`"gantline render --bootstrap" gives the rights that an administrator grants once, in a namespace that exists: is it %q?`, c.Namespace)
		if namespaceGone(err) {
			out.Kind = ErrNoNamespace
			out.Advice = fmt.Sprintf("create it: kubectl create namespace %s", c.Namespace)
		}
	case apierrors.IsNotFound(err):
		c.notFound(out, err)
	case apierrors.IsConflict(err):
		out.Kind = ErrConflict
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsRequestEntityTooLargeError(err):
		out.Kind = ErrInvalid
	case isTLS(err):
		out.Kind = ErrTLS
		out.Advice = fmt.Sprintf("context %q names the wrong server or the wrong certificate authority", c.Context)
	case isNetwork(err):
		out.Kind = ErrUnreachable
		out.Advice = fmt.Sprintf("is %s the right address, and reachable from here? A VPN or a tunnel may be missing; then run it again", c.Server)
	}
	return out
}

const (
	// noCredentials is how client-go begins what a credential plugin failed
	// with: in text alone, its errors are not wrapped.
	noCredentials = "getting credentials: "
	// anonymous is whom an API server takes for a user without credentials,
	// where it does not refuse them at once.
	anonymous = `User "system:anonymous"`
)

// notFound tells a missing object from a missing namespace and from a cluster
// without Argo's kinds.
func (c *Cluster) notFound(out *Error, err error) {
	out.Kind = ErrNotFound
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return
	}
	switch details := status.Status().Details; {
	case details != nil && details.Kind == "namespaces":
		out.Kind, out.Said = ErrNoNamespace, ""
		out.Advice = fmt.Sprintf("create it: kubectl create namespace %s", c.Namespace)
	case strings.Contains(status.Status().Message, "the server could not find the requested resource"):
		out.Kind, out.Said = ErrNoArgo, ""
		out.Advice = "install Argo Workflows there, or name another cluster in the target's context:"
	}
}

// namespaceGone tells a namespace that is being deleted, which answers 403.
func namespaceGone(err error) bool {
	return apierrors.HasStatusCause(err, "NamespaceTerminating")
}

func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &verify) || errors.As(err, &authority) || errors.As(err, &host)
}

func isNetwork(err error) bool {
	var network net.Error
	var address *url.Error
	return errors.As(err, &network) || errors.As(err, &address) || errors.Is(err, context.DeadlineExceeded)
}

// said is the cause in short: without the method and the address, which may
// carry a query that nobody reads.
func said(err error) string {
	var address *url.Error
	if errors.As(err, &address) {
		return address.Err.Error()
	}
	return err.Error()
}
