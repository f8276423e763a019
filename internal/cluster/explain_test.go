package cluster

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

var crons = schema.GroupResource{Group: "argoproj.io", Resource: "cronworkflows"}

func TestExplain(t *testing.T) {
	t.Parallel()
	c := &Cluster{Server: "https://api.example.com", Context: "prod", Namespace: "ml"}
	noKind := apierrors.NewGenericServerResponse(404, "list", crons, "", "404 page not found", 0, true)
	for _, test := range []struct {
		name string
		err  error
		kind error
		want string
	}{
		{"expired token", apierrors.NewUnauthorized("Unauthorized"), ErrUnauthorized, `context "prod" are missing or have expired`},
		{"no credentials", apierrors.NewForbidden(crons, "a", errors.New(`User "system:anonymous" cannot list`)), ErrUnauthorized, `context "prod" are missing or have expired`},
		{"a plugin that failed", &url.Error{Op: "Get", URL: "x", Err: errors.New("getting credentials: exec: executable x failed with exit code 3")}, ErrUnauthorized, `is it installed, and are you logged in with it?`},
		{"no rights", apierrors.NewForbidden(crons, "a", errors.New("no")), ErrForbidden, `render --bootstrap" gives the rights that an administrator grants once, in a namespace that exists: is it "ml"?`},
		{"no namespace", apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "ml"), ErrNoNamespace, "kubectl create namespace ml"},
		{"no Argo", noKind, ErrNoArgo, "install Argo Workflows there"},
		{"no object", apierrors.NewNotFound(crons, "a"), ErrNotFound, `"a" not found`},
		{"conflict", apierrors.NewConflict(crons, "a", errors.New("changed")), ErrConflict, "changed"},
		{"invalid", apierrors.NewInvalid(schema.GroupKind{Kind: "CronWorkflow"}, "a", nil), ErrInvalid, "is invalid"},
		{"failed", apierrors.NewInternalError(errors.New("etcd")), ErrUnavailable, "etcd"},
		{"deadline", context.DeadlineExceeded, ErrUnreachable, "https://api.example.com the right address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := c.Explain("listing CronWorkflows", test.err)
			if !errors.Is(err, test.kind) || !errors.Is(err, test.err) {
				t.Errorf("%v is not %v", err, test.kind)
			}
			if !strings.HasPrefix(err.Error(), "listing CronWorkflows: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %q, want it to say %q", err, test.want)
			}
			if again := c.Explain("more", err); again != err {
				t.Errorf("explained twice: %v", again)
			}
		})
	}
	if err := c.Explain("x", context.Canceled); err != context.Canceled {
		t.Errorf("a canceled request is %v", err)
	}
	if err := c.Explain("x", nil); err != nil {
		t.Error(err)
	}
}

// TestExplainRequests looks at what real requests to servers that are not
// there, or not the right ones, give.
func TestExplainRequests(t *testing.T) {
	t.Parallel()
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	defer tls.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	empty := httptest.NewServer(http.NotFoundHandler()) // has no path of Argo's
	defer empty.Close()
	for _, test := range []struct {
		name, host string
		kind       error
	}{
		{"unknown authority", tls.URL, ErrTLS},
		{"nobody listens", gone.URL, ErrUnreachable},
		{"no such resource", empty.URL, ErrNoArgo},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, err := dynamic.NewForConfig(&rest.Config{Host: test.host})
			if err != nil {
				t.Fatal(err)
			}
			c := &Cluster{Server: test.host, Context: "prod", Namespace: "ml", Dynamic: client}
			_, err = c.In(CronWorkflows).List(t.Context(), metav1.ListOptions{})
			if got := c.Explain("listing CronWorkflows", err); !errors.Is(got, test.kind) {
				t.Errorf("%v is not %v", got, test.kind)
			}
		})
	}
}
