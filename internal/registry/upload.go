package registry

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
)

// How blobs are sent. What is small goes in one request and is begun anew where
// that breaks; the rest goes in chunks, and on where it broke.
const (
	wholeUpTo      = 16 << 20 // bytes
	chunkSize      = 64 << 20 // bytes; proxies in the cloud take 100 MB
	defaultUploads = 4
)

// limits are what uploads share.
type limits struct {
	whole, chunk int64 // bytes: the largest blob in one request, and a part of others
	small, large chan struct{}
	noChunks     sync.Map // hosts that don't take chunks
}

func newLimits(jobs, uploads int) *limits {
	return &limits{
		whole: wholeUpTo, chunk: chunkSize,
		small: make(chan struct{}, jobs), large: make(chan struct{}, uploads),
	}
}

// acquire waits for room for a blob of the size; the function gives it back.
// Small ones don't wait for large ones.
func (l *limits) acquire(ctx context.Context, size int64) (func(), error) {
	room := l.large
	if size <= l.whole {
		room = l.small
	}
	select {
	case room <- struct{}{}:
		return func() { <-room }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Upload sends a blob that the repository lacks. Connections that break and
// answers that may pass are waited out, and a large blob goes on with what the
// registry lacks of it. The blob is there whole afterwards or not at all.
func (b *Blobs) Upload(ctx context.Context, blob Blob) error { return b.upload(ctx, blob, nil) }

// Mount makes a blob of another repository of the registry be in this one too,
// without sending it where the registry lets us, and says whether it did. The
// login must be for both repositories.
func (b *Blobs) Mount(ctx context.Context, from name.Repository, blob Blob) (mounted bool, err error) {
	at := b.url("blobs/uploads/")
	at.RawQuery = url.Values{"mount": {blob.Digest.String()}, "from": {from.RepositoryStr()}}.Encode()
	answer, err := b.tell(ctx, http.MethodPost, at, nil, nil, http.StatusCreated, http.StatusAccepted)
	switch {
	case errors.As(err, new(*refusal)):
		return false, b.upload(ctx, blob, nil) // by whatever is wrong with mounts
	case err != nil:
		return false, err
	case answer.status == http.StatusCreated:
		return true, nil
	}
	return false, b.upload(ctx, blob, answer) // it is not lent; an upload has begun
}

func (b *Blobs) upload(ctx context.Context, blob Blob, begun *reply) error {
	release, err := b.remote.limits.acquire(ctx, blob.Size)
	if err != nil {
		return err
	}
	defer release()
	t := &transfer{Blobs: b, content: newContent(blob), begun: begun}
	defer t.content.close()
	_, refuses := b.remote.limits.noChunks.Load(b.repo.RegistryStr())
	t.whole = refuses || blob.Size <= b.remote.limits.whole
	return t.run(ctx)
}

// transfer is the sending of one blob, in one upload after another where need
// be.
type transfer struct {
	*Blobs
	content *content
	begun   *reply // an upload that nobody uses yet
	whole   bool   // in one request
	tried   int    // uploads of the present form
}

// run sends until the blob is there.
func (t *transfer) run(ctx context.Context) error {
	for {
		err := t.once(ctx)
		if err == nil || !t.again(ctx, err) {
			return err
		}
	}
}

// once is one upload.
func (t *transfer) once(ctx context.Context) error {
	s, err := t.begin(ctx)
	if err != nil {
		return err
	}
	t.tried++
	if t.whole {
		return s.sendWhole(ctx)
	}
	err = s.sendChunks(ctx)
	if err != nil {
		s.forget(ctx, err)
	}
	return err
}

// unbegun is an upload that did not come about; our transport has repeated the
// request already.
type unbegun struct{ error }

// Unwrap is the cause.
func (u unbegun) Unwrap() error { return u.error }

func (t *transfer) begin(ctx context.Context) (*session, error) {
	answer := t.begun
	if t.begun = nil; answer == nil {
		var err error
		if answer, err = t.tell(ctx, http.MethodPost, t.url("blobs/uploads/"), nil, nil, http.StatusAccepted); err != nil {
			return nil, unbegun{err}
		}
	}
	if answer.next == nil {
		return nil, unbegun{errNowhere}
	}
	return &session{transfer: t, at: answer.next, chunk: max(t.remote.limits.chunk, least(answer.header))}, nil
}

// again says whether to begin anew after a failure, having waited: a blob in one
// piece several times, one in chunks once, and then in one piece where the
// registry wants no chunks.
func (t *transfer) again(ctx context.Context, err error) bool {
	if errors.As(err, new(unbegun)) {
		return false
	}
	meaning, wait := judge(ctx, err)
	switch {
	case meaning == final:
		return false
	case t.whole:
		return meaning != declined && t.tried < attempts && pause(ctx, max(wait, t.remote.retrier.delay(t.tried))) == nil
	case meaning == lost:
		return t.tried < 2 && pause(ctx, t.remote.retrier.delay(1)) == nil
	case meaning == declined:
		if answer := new(refusal); errors.As(err, &answer) && !answer.saysWrong() {
			t.remote.limits.noChunks.Store(t.repo.RegistryStr(), true)
		}
		t.whole, t.tried = true, 0
		return true
	}
	return false // the chunks have been patient already
}
