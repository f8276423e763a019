package build

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// RemoteOptions say how registries are reached.
type RemoteOptions struct {
	// Keychain knows the user's credentials; nil is anonymous.
	Keychain authn.Keychain
	// Transport carries the requests; nil is go-containerregistry's.
	Transport http.RoundTripper
	// Backoff is how failed requests are tried again; the zero value is three
	// attempts within some seconds.
	Backoff remote.Backoff
	// Cache keeps manifests and configs by digest; nil keeps none.
	Cache Cache
}

// Remote is the way to registries. It logs in once a repository and is safe
// for concurrent use.
type Remote struct {
	options RemoteOptions
	mu      sync.Mutex
	logins  map[string]http.RoundTripper // by registry and scope
}

// NewRemote is a Remote that hasn't sent anything yet.
func NewRemote(options RemoteOptions) *Remote {
	if options.Keychain == nil {
		options.Keychain = authn.NewMultiKeychain()
	}
	if options.Transport == nil {
		options.Transport = remote.DefaultTransport
	}
	if options.Backoff.Steps == 0 {
		options.Backoff = remote.Backoff{Duration: 500e6, Factor: 3, Jitter: 0.1, Steps: 3}
	}
	return &Remote{options: options, logins: map[string]http.RoundTripper{}}
}

// repository is a connection to one repository for one build.
type repository struct {
	name.Repository
	puller *remote.Puller
	pusher *remote.Pusher
	cache  Cache
}

// open is a connection for writing.
func (r *Remote) open(ctx context.Context, ref string) (*repository, error) {
	repo, err := name.NewRepository(ref, name.StrictValidation)
	if err != nil {
		return nil, fmt.Errorf("parsing repository %q: %w", ref, err)
	}
	return r.connect(ctx, repo, transport.PushScope)
}

// reader is a connection to a repository that need not be the user's.
func (r *Remote) reader(ctx context.Context, repo name.Repository) (*repository, error) {
	return r.connect(ctx, repo, transport.PullScope)
}

// connect logs in where no build has. Puller and pusher are made anew, for
// they remember what they did and a blob can vanish in between.
func (r *Remote) connect(ctx context.Context, repo name.Repository, action string) (*repository, error) {
	login, err := r.login(ctx, repo, action)
	if err != nil {
		return nil, err
	}
	options := []remote.Option{
		remote.WithTransport(login), remote.WithJobs(8),
		remote.WithRetryBackoff(r.options.Backoff), remote.WithRetryPredicate(isPassing),
	}
	puller, err := remote.NewPuller(options...)
	if err != nil {
		return nil, err
	}
	pusher, err := remote.NewPusher(options...)
	if err != nil {
		return nil, err
	}
	return &repository{Repository: repo, puller: puller, pusher: pusher, cache: r.options.Cache}, nil
}

// login asks the registry once how it wants to be spoken to, for reading and
// writing; go-containerregistry would ask for each.
func (r *Remote) login(ctx context.Context, repo name.Repository, action string) (http.RoundTripper, error) {
	scope := repo.Scope(action)
	key := repo.RegistryStr() + " " + scope
	r.mu.Lock()
	defer r.mu.Unlock()
	if login, ok := r.logins[key]; ok {
		return login, nil
	}
	auth, err := authn.Resolve(ctx, r.options.Keychain, repo)
	if err != nil {
		return nil, fmt.Errorf("finding credentials for %s: %w", repo.RegistryStr(), err)
	}
	retrying := transport.NewRetry(metered{r.options.Transport}, transport.WithRetryBackoff(r.options.Backoff),
		transport.WithRetryPredicate(isPassing), transport.WithRetryStatusCodes(passingCodes()...))
	login, err := transport.NewWithContext(ctx, repo.Registry, auth, retrying, []string{scope})
	if err != nil {
		return nil, fmt.Errorf("reaching registry %s: %w", repo.RegistryStr(), err)
	}
	r.logins[key] = login
	return login, nil
}

// manifest reads what a tag or digest names; nil where there is nothing.
func (r *repository) manifest(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	d, err := r.puller.Get(ctx, ref)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", ref, err)
	}
	return d, nil
}

// blob reads a small blob whole.
func (r *repository) blob(ctx context.Context, digest v1.Hash) ([]byte, error) {
	layer, err := r.puller.Layer(ctx, r.Digest(digest.String()))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", r.Digest(digest.String()), err)
	}
	content, err := layer.Compressed()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", r.Digest(digest.String()), err)
	}
	defer content.Close()
	return io.ReadAll(io.LimitReader(content, maxConfig))
}

// maxConfig is the largest image config that is read.
const maxConfig = 32 << 20
