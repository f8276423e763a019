package build

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"gantline.dev/gantline/internal/registry"
)

// Remote is the way to registries: internal/registry's, counted, with one
// login for reading and writing and a cache of what doesn't change. It is safe
// for concurrent use.
type Remote struct {
	registry *registry.Remote
	cache    Cache

	mu     sync.Mutex
	logins map[string]*login // by registry and scopes
}

// NewRemote is a Remote that hasn't sent anything yet. A nil cache keeps
// nothing.
func NewRemote(reg *registry.Remote, cache Cache) *Remote {
	return &Remote{registry: reg, cache: cache, logins: map[string]*login{}}
}

// login is one way of being known to a registry.
type login struct {
	mu        sync.Mutex
	transport http.RoundTripper // nil until the registry has been asked
}

// repository is a connection to one repository for one build.
type repository struct {
	name.Repository
	remote *Remote
	blobs  *registry.Blobs
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
	login, err := r.login(ctx, repo, repo.Scope(action))
	if err != nil {
		return nil, registry.Explain(err)
	}
	options := append(r.registry.Fresh(ctx),
		remote.WithTransport(login), remote.WithAuthFromKeychain(authn.NewMultiKeychain()))
	puller, err := remote.NewPuller(options...)
	if err != nil {
		return nil, err
	}
	pusher, err := remote.NewPusher(options...)
	if err != nil {
		return nil, err
	}
	return &repository{
		Repository: repo, remote: r, blobs: r.registry.Blobs(repo, login),
		puller: puller, pusher: pusher, cache: r.cache,
	}, nil
}

// login asks the registry once how it wants to be spoken to, for reading and
// writing; go-containerregistry would ask for each. The first scope is the one
// that matters: some registries look at no other.
func (r *Remote) login(ctx context.Context, repo name.Repository, scopes ...string) (http.RoundTripper, error) {
	l := r.loginFor(repo.RegistryStr() + " " + strings.Join(scopes, " "))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.transport != nil {
		return l.transport, nil
	}
	auth, err := authn.Resolve(ctx, r.registry.Keychain(), repo)
	if err != nil {
		return nil, fmt.Errorf("finding credentials for %q: %w", repo.RegistryStr(), err)
	}
	sender := metered{r.registry.Transport()}
	known, err := transport.NewWithContext(ctx, repo.Registry, auth, sender, scopes)
	if err != nil {
		return nil, err
	}
	l.transport = known
	return known, nil
}

func (r *Remote) loginFor(key string) *login {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.logins[key] == nil {
		r.logins[key] = &login{}
	}
	return r.logins[key]
}

// manifest reads what a tag or digest names; nil where there is nothing.
func (r *repository) manifest(ctx context.Context, ref name.Reference) (*remote.Descriptor, error) {
	d, err := r.puller.Get(ctx, ref)
	if isNotFound(err) {
		return nil, nil
	}
	return d, registry.Explain(err)
}

// head asks whether there is a tag; nil where there is none.
func (r *repository) head(ctx context.Context, tag string) (*v1.Descriptor, error) {
	d, err := r.puller.Head(ctx, r.Tag(tag))
	if isNotFound(err) {
		return nil, nil
	}
	return d, registry.Explain(err)
}

// maxConfig is the largest image config that is read, in bytes.
const maxConfig = 32 << 20

// blob reads a small blob whole.
func (r *repository) blob(ctx context.Context, digest v1.Hash) ([]byte, error) {
	content, err := r.open(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	raw, err := io.ReadAll(io.LimitReader(content, maxConfig))
	return raw, registry.Explain(err)
}

// open reads a blob; its digest is checked at its end.
func (r *repository) open(ctx context.Context, digest v1.Hash) (io.ReadCloser, error) {
	layer, err := r.puller.Layer(ctx, r.Digest(digest.String()))
	if err != nil {
		return nil, registry.Explain(err)
	}
	content, err := layer.Compressed()
	return content, registry.Explain(err)
}

// putDigest sends a manifest without a tag.
func (r *repository) putDigest(ctx context.Context, made *assembled) error {
	if err := r.pusher.Put(ctx, r.Digest(made.digest.String()), made); err != nil {
		return fmt.Errorf("pushing the manifest: %w", registry.Explain(err))
	}
	return nil
}

// put sets a tag.
func (r *repository) put(ctx context.Context, tag string, manifest remote.Taggable) error {
	if err := r.pusher.Put(ctx, r.Tag(tag), manifest); err != nil {
		return fmt.Errorf("putting tag %q: %w", tag, registry.Explain(err))
	}
	return nil
}
