package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Blob is content to upload.
type Blob struct {
	Digest v1.Hash
	Size   int64 // bytes
	// Open reads the content from a byte on. It is called again after a break,
	// never for two readers at once.
	Open func(ctx context.Context, from int64) (io.ReadCloser, error)
}

// Blobs is what one repository keeps, as one login sees it. It is safe for
// concurrent use.
type Blobs struct {
	remote *Remote
	client *http.Client
	repo   name.Repository
}

// Blobs is the repository's, by requests that the login knows how to sign.
func (r *Remote) Blobs(repo name.Repository, login http.RoundTripper) *Blobs {
	return &Blobs{remote: r, client: &http.Client{Transport: login}, repo: repo}
}

// Has asks whether a blob is there.
func (b *Blobs) Has(ctx context.Context, digest v1.Hash) (bool, error) {
	answer, err := b.do(ctx, http.MethodHead, b.url("blobs/"+digest.String()), nil, nil)
	if err != nil {
		return false, err
	}
	if answer.StatusCode == http.StatusNotFound {
		discard(answer.Body)
		return false, nil
	}
	return true, check(answer, http.StatusOK)
}

// Read reads a blob from a byte on. Where the connection breaks it goes on with
// the next byte. Nothing is verified: the reader has to.
func (b *Blobs) Read(ctx context.Context, digest v1.Hash, from int64) (io.ReadCloser, error) {
	header := http.Header{}
	if from > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	answer, err := b.do(ctx, http.MethodGet, b.url("blobs/"+digest.String()), header, nil)
	if err != nil {
		return nil, err
	}
	if from > 0 && answer.StatusCode == http.StatusPartialContent {
		return answer.Body, nil
	}
	if answer.StatusCode != http.StatusOK {
		return nil, check(answer, http.StatusOK)
	}
	// A server that knows no ranges sends all.
	if _, err := io.CopyN(io.Discard, answer.Body, from); err != nil {
		answer.Body.Close()
		return nil, err
	}
	return answer.Body, nil
}

// url is an address below the repository.
func (b *Blobs) url(rest string) *url.URL {
	return &url.URL{
		Scheme: b.repo.Scheme(), Host: b.repo.RegistryStr(),
		Path: "/v2/" + b.repo.RepositoryStr() + "/" + rest,
	}
}

// do sends a request; the caller closes the answer's body.
func (b *Blobs) do(ctx context.Context, method string, at *url.URL, header http.Header, body *part) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, at.String(), nil)
	if err != nil {
		return nil, err
	}
	if header != nil {
		request.Header = header
	}
	if body != nil {
		request.Body, request.ContentLength = body, body.size
	}
	return b.client.Do(request)
}

// check is nil for the wanted statuses, and closes the body in any case.
func check(answer *http.Response, want ...int) error {
	defer discard(answer.Body)
	err := transport.CheckError(answer, want...)
	if failed := new(transport.Error); errors.As(err, &failed) {
		return &refusal{failed, answer.Header}
	}
	return err
}

// next is where an answer's Location leads.
func next(answer *http.Response) (*url.URL, error) {
	at, err := answer.Location()
	if err != nil {
		return nil, fmt.Errorf("the registry does not say where an upload goes on: %w", err)
	}
	return at, nil
}
