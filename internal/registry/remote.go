package registry

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// defaultJobs is how many requests to a registry run at once. Registries that
// limit do so from about twice as many on.
const defaultJobs = 8

// RemoteOptions are how a Remote differs from the usual; the zero value is the
// usual.
type RemoteOptions struct {
	// Keychain finds credentials. Nil is the user's Docker configuration with
	// its credential helpers, and what this machine is to the registry's cloud.
	Keychain authn.Keychain
	// UserAgent is how requests name the tool: "gantline/1.2".
	UserAgent string
	// Jobs is how many requests run at once; 0 means 8.
	Jobs int
	// Uploads is how many blobs of more than 16 MiB are sent at once; 0 means 4.
	Uploads int
	// Backoff is the wait before the first retry, which grows threefold with
	// each; 0 means 300 ms.
	Backoff time.Duration
	// Revive brings a registry of the host (host:port) back that refuses
	// connections, and says whether it did. It is for the embedded registry:
	// call Ensure for its directory and compare the Host.
	Revive func(ctx context.Context, host string) bool
	// Base makes the connections; nil is a transport with timeouts made for
	// registries. Tests put a fault in here.
	Base http.RoundTripper
}

// Remote is how registries are talked to: one set of credentials, connections
// and tokens for as many operations as share it. It is safe for concurrent use.
type Remote struct {
	options   []remote.Option
	transport *http.Transport // nil where the caller brought one
	retrier   *retrier
	limits    *limits
	keychain  authn.Keychain
	pusher    *remote.Pusher
	puller    *remote.Puller
}

// New makes a Remote. The only error is a wrong option.
func New(o RemoteOptions) (*Remote, error) {
	r := &Remote{}
	if o.Base == nil {
		r.transport = newTransport()
		o.Base = r.transport
	}
	if o.Keychain == nil {
		o.Keychain = everywhere()
	}
	if o.Jobs == 0 {
		o.Jobs = defaultJobs
	}
	if o.Uploads == 0 {
		o.Uploads = defaultUploads
	}
	if o.Backoff == 0 {
		o.Backoff = defaultBackoff
	}
	r.retrier, r.keychain = newRetrier(named{noPlainHTTP{o.Base}, o.UserAgent}, o.Backoff, o.Revive), o.Keychain
	r.limits = newLimits(o.Jobs, o.Uploads)
	r.options = []remote.Option{
		remote.WithAuthFromKeychain(r.keychain),
		remote.WithTransport(r.retrier),
		remote.WithJobs(o.Jobs),
		remote.WithUserAgent(o.UserAgent),
		// Our transport repeats requests; what is left to the library is to
		// upload a blob anew from its beginning.
		remote.WithRetryStatusCodes(),
		remote.WithRetryPredicate(uploadAnew),
		remote.WithRetryBackoff(remote.Backoff{Duration: o.Backoff, Factor: backoffGrowth, Jitter: 0.2, Steps: attempts}),
	}
	var err error
	if r.pusher, err = remote.NewPusher(r.options...); err != nil {
		return nil, err
	}
	r.puller, err = remote.NewPuller(r.options...)
	return r, err
}

// Options are what go-containerregistry's functions take for an operation: the
// context and, through the shared Pusher and Puller, everything else. Tokens,
// and the knowledge which blobs a repository has, are kept between operations.
func (r *Remote) Options(ctx context.Context) []remote.Option {
	return []remote.Option{remote.WithContext(ctx), remote.Reuse(r.pusher), remote.Reuse(r.puller)}
}

// Fresh are options for an operation that shares connections with the others
// but no tokens and no knowledge.
func (r *Remote) Fresh(ctx context.Context) []remote.Option {
	return append(r.options[:len(r.options):len(r.options)], remote.WithContext(ctx))
}

// Pusher pushes; see Options for what it shares.
func (r *Remote) Pusher() *remote.Pusher { return r.pusher }

// Puller pulls; see Options for what it shares.
func (r *Remote) Puller() *remote.Puller { return r.puller }

// Transport sends requests with this Remote's retries and without credentials,
// for a caller that logs in by itself.
func (r *Remote) Transport() http.RoundTripper { return r.retrier }

// Keychain finds this Remote's credentials.
func (r *Remote) Keychain() authn.Keychain { return r.keychain }

// Close closes idle connections.
func (r *Remote) Close() {
	if r.transport != nil {
		r.transport.CloseIdleConnections()
	}
}

// newTransport keeps enough connections for all jobs, and gives up on what a
// registry can't need: to commit a blob of several gigabytes it may read it
// again before it answers.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 5 * time.Minute,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   4 * defaultJobs,
		ForceAttemptHTTP2:     true,
		WriteBufferSize:       64 << 10,
		ReadBufferSize:        64 << 10,
	}
}

// noPlainHTTP refuses to talk without TLS to another machine. The library would
// do so to private addresses, and send them credentials.
type noPlainHTTP struct{ next http.RoundTripper }

// RoundTrip is the next one's, or ErrPlainHTTP.
func (t noPlainHTTP) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" && !isLoopback(request.URL.Host) {
		if request.Body != nil {
			request.Body.Close()
		}
		return nil, ErrPlainHTTP
	}
	return t.next.RoundTrip(request)
}

// named gives requests a user agent that have none: those of a caller that logs
// in by itself.
type named struct {
	next      http.RoundTripper
	userAgent string
}

// RoundTrip is the next one's.
func (t named) RoundTrip(request *http.Request) (*http.Response, error) {
	if t.userAgent != "" && request.Header.Get("User-Agent") == "" {
		request = request.Clone(request.Context())
		request.Header.Set("User-Agent", t.userAgent)
	}
	return t.next.RoundTrip(request)
}
