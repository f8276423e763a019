package build

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
)

// meter counts what one build moves. It travels in the context, so that builds
// at once over one connection are counted apart.
type meter struct{ requests, sent, received atomic.Int64 }

type meterKey struct{}

// withMeter is the context's meter, or the context with a new one.
func withMeter(ctx context.Context) (context.Context, *meter) {
	if m, ok := ctx.Value(meterKey{}).(*meter); ok {
		return ctx, m
	}
	m := &meter{}
	return context.WithValue(ctx, meterKey{}, m), m
}

func (m *meter) moved() Moved {
	return Moved{Requests: m.requests.Load(), Sent: m.sent.Load(), Received: m.received.Load()}
}

// metered counts requests and bodies for the meter of each request's context.
// It stands above the retries: a request that was sent again counts once, its
// body as often as it was sent.
type metered struct{ inner http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t metered) RoundTrip(req *http.Request) (*http.Response, error) {
	m, ok := req.Context().Value(meterKey{}).(*meter)
	if !ok {
		return t.inner.RoundTrip(req)
	}
	m.requests.Add(1)
	if req.Body != nil && req.Body != http.NoBody {
		req = req.Clone(req.Context())
		req.Body = counted{req.Body, &m.sent}
		if again := req.GetBody; again != nil {
			req.GetBody = func() (io.ReadCloser, error) {
				body, err := again()
				return counted{body, &m.sent}, err
			}
		}
	}
	resp, err := t.inner.RoundTrip(req)
	if err == nil && resp.Body != nil {
		resp.Body = counted{resp.Body, &m.received}
	}
	return resp, err
}

type counted struct {
	io.ReadCloser
	n *atomic.Int64
}

// Read implements io.Reader.
func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}
