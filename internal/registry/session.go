package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// session is one upload that the registry knows.
type session struct {
	*transfer
	at     *url.URL // where its next request goes
	chunk  int64    // bytes of a request
	offset int64    // bytes that the registry has
	best   int64    // the highest offset so far
	failed int      // requests since then that brought nothing
}

// least is the smallest chunk, but for the last one, that the registry takes.
func least(header http.Header) int64 {
	bytes, err := strconv.ParseUint(header.Get("OCI-Chunk-Min-Length"), 10, 62)
	if err != nil {
		return 0
	}
	return int64(bytes)
}

// sendWhole sends the blob with the request that ends the upload.
func (s *session) sendWhole(ctx context.Context) error {
	err := s.landed(ctx, s.put(ctx, s.content.blob.Size))
	if wrong := s.content.verify(); err != nil && wrong != nil {
		return wrong
	}
	return err
}

// sendChunks sends what the registry lacks, and ends the upload.
func (s *session) sendChunks(ctx context.Context) error {
	for {
		ending := s.offset == s.content.blob.Size
		err := s.step(ctx, ending)
		if err == nil && ending {
			return nil
		}
		if err == nil {
			continue
		}
		if err := s.recover(ctx, err); err != nil {
			return err
		}
	}
}

func (s *session) step(ctx context.Context, ending bool) error {
	if !ending {
		return s.patch(ctx)
	}
	if err := s.content.verify(); err != nil {
		return err
	}
	return s.landed(ctx, s.put(ctx, 0))
}

// patch sends the next chunk.
func (s *session) patch(ctx context.Context) error {
	size := min(s.chunk, s.content.blob.Size-s.offset)
	header := http.Header{
		"Content-Type":  {"application/octet-stream"},
		"Content-Range": {fmt.Sprintf("%d-%d", s.offset, s.offset+size-1)},
	}
	answer, err := s.data(ctx, http.MethodPatch, s.at, size, header, http.StatusAccepted, http.StatusNoContent, http.StatusCreated)
	if err != nil {
		return err
	}
	return s.moved(answer, s.offset+size)
}

// put ends the upload, with so many bytes that are not there yet.
func (s *session) put(ctx context.Context, size int64) error {
	at := *s.at
	if at.RawQuery != "" {
		at.RawQuery += "&"
	}
	at.RawQuery += "digest=" + url.QueryEscape(s.content.blob.Digest.String())
	header := http.Header{"Content-Type": {"application/octet-stream"}}
	_, err := s.data(ctx, http.MethodPut, &at, size, header, http.StatusCreated, http.StatusNoContent)
	return err
}

// data sends bytes of the content from the offset on. When it returns nobody
// reads the content any more.
func (s *session) data(ctx context.Context, method string, at *url.URL, size int64, header http.Header, want ...int) (*reply, error) {
	if size == 0 {
		return s.tell(ctx, method, at, header, nil, want...)
	}
	if err := s.content.seek(ctx, s.offset); err != nil {
		return nil, unbegun{err}
	}
	body := s.content.part(size)
	answer, err := s.tell(ctx, method, at, header, body, want...)
	body.wait()
	if failed := s.content.failed; err != nil && failed != nil && !errors.Is(failed, context.Canceled) {
		err = failed // the connection only passes it on
	}
	return answer, err
}

// moved takes over where the upload goes on, and how much of it there is.
func (s *session) moved(answer *reply, sent int64) error {
	if answer.next == nil {
		return errNowhere
	}
	s.at = answer.next
	has, said := arrived(answer.header)
	if !said {
		has = sent // the digest will tell
	}
	if has > sent || has <= max(s.offset, 1) {
		return &refusal{wrongRange(answer), answer.header}
	}
	s.advance(has)
	return nil
}

// advance sets the offset.
func (s *session) advance(to int64) {
	s.offset = to
	if to > s.best {
		s.best, s.failed = to, 0
	}
}

// landed looks for the blob where the registry's answer to its end is not good:
// it may have been lost on its way.
func (s *session) landed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if there, asked := s.Has(ctx, s.content.blob.Digest); asked == nil && there {
		return nil
	}
	return err
}

// recover waits after a failure and finds out how much the registry has. It
// returns an error where this upload can't go on.
func (s *session) recover(ctx context.Context, cause error) error {
	for {
		meaning, wait := judge(ctx, cause)
		if s.failed++; meaning != passing || s.failed >= attempts {
			return cause
		}
		if err := pause(ctx, max(wait, s.remote.retrier.delay(s.failed))); err != nil {
			return err
		}
		err := s.ask(ctx, cause)
		if err == nil {
			return nil
		}
		cause = err
	}
}

// ask learns from the registry where the upload stands, after a failure.
func (s *session) ask(ctx context.Context, cause error) error {
	answer, err := s.tell(ctx, http.MethodGet, s.at, nil, nil, http.StatusNoContent, http.StatusOK, http.StatusAccepted)
	if err != nil {
		return err
	}
	if answer.next != nil {
		s.at = answer.next
	}
	has, _ := arrived(answer.header)
	refused := isWrongRange(cause)
	if has == 1 && !(refused && s.offset == 0) {
		has = 0 // "0-0" is said of no byte, too
	}
	if refused && has == s.offset {
		return &refusal{wrongRange(answer), answer.header} // it agrees, and yet it did not take it
	}
	s.advance(has)
	return nil
}

// forget asks the registry to throw away an upload that failed: on a full disk
// it is in the way. It is a courtesy, and not insisted on.
func (s *session) forget(ctx context.Context, failed error) {
	if !errors.As(failed, new(*refusal)) && ctx.Err() == nil {
		return // it can't be reached
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTimeout)
	defer cancel()
	// What was on its way may still arrive, and the registry refuses then.
	for tried := 1; tried <= attempts && s.ask(ctx, nil) == nil; tried++ {
		_, err := s.tell(ctx, http.MethodDelete, s.at, nil, nil, http.StatusNoContent, http.StatusAccepted)
		if !errors.As(err, new(*refusal)) || pause(ctx, s.remote.retrier.delay(tried)) != nil {
			return
		}
	}
}

// forgetTimeout keeps an interrupted command from staying.
const forgetTimeout = 2 * time.Second

// arrived is how many bytes a registry says it has: it gives the range 0-last.
func arrived(header http.Header) (bytes int64, said bool) {
	text := strings.TrimPrefix(header.Get("Range"), "bytes=")
	first, last, ok := strings.Cut(text, "-")
	if !ok || first != "0" {
		return 0, false
	}
	n, err := strconv.ParseUint(last, 10, 62)
	return int64(n) + 1, err == nil
}

// wrongRange is for an answer that makes no sense for chunks.
func wrongRange(answer *reply) *transport.Error {
	return &transport.Error{
		StatusCode: answer.status, Request: answer.request,
		Errors: []transport.Diagnostic{{
			Code: transport.UnsupportedErrorCode, Message: fmt.Sprintf("chunks are not taken as they are sent: the range is %q", answer.header.Get("Range")),
		}},
	}
}

func isWrongRange(err error) bool {
	refused := new(refusal)
	return errors.As(err, &refused) && refused.answer.StatusCode == http.StatusRequestedRangeNotSatisfiable
}
