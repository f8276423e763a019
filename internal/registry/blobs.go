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
	answer, err := b.tell(ctx, http.MethodHead, b.url("blobs/"+digest.String()), nil, nil, http.StatusOK, http.StatusNotFound)
	if err != nil {
		return false, err
	}
	return answer.status == http.StatusOK, nil
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
	if err := check(answer, http.StatusOK); err != nil {
		discard(answer.Body)
		return nil, err
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

// reply is an answer whose body has been read.
type reply struct {
	status  int
	header  http.Header
	request *http.Request
	next    *url.URL // where it says that an upload goes on, or nil
}

// tell sends a request. An answer of another status than those wanted is a
// *refusal.
func (b *Blobs) tell(ctx context.Context, method string, at *url.URL, header http.Header, body *part, want ...int) (*reply, error) {
	answer, err := b.do(ctx, method, at, header, body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if err := check(answer, want...); err != nil {
		return nil, err
	}
	discard(answer.Body)
	next, err := answer.Location()
	if err != nil {
		next = nil
	}
	return &reply{answer.StatusCode, answer.Header, answer.Request, next}, nil
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

// check is nil for the wanted statuses, and reads the body for others.
func check(answer *http.Response, want ...int) error {
	err := transport.CheckError(answer, want...)
	if failed := new(transport.Error); errors.As(err, &failed) {
		return &refusal{failed, answer.Header}
	}
	return err
}

// errNowhere is for an upload without a Location.
var errNowhere = errors.New("the registry does not say where an upload goes on")
