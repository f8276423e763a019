package registry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// A request is tried attempts times, with waits of backoff, backoff×growth, …
// A registry that asks for more patience than maxWait is not waited for.
const (
	attempts       = 4
	backoffGrowth  = 3.0
	defaultBackoff = 300 * time.Millisecond
	maxWait        = time.Minute
)

// retrier repeats requests that failed for a reason that may pass, where the
// protocol lets them be repeated:
//
//   - 429, and 503 with Retry-After: any request, after the time asked for; the
//     registry says that it did nothing.
//   - other 5xx, and connections that break: requests whose repetition changes
//     nothing (see repeatable). Parts of an upload are not among them, a second
//     PATCH would append; the upload is begun anew (see uploadAnew).
//   - connections refused: where revive brings the registry back.
//
// Never 401, 403, 404 and the like.
type retrier struct {
	next    http.RoundTripper
	backoff time.Duration
	revive  func(ctx context.Context, host string) bool
}

func newRetrier(next http.RoundTripper, backoff time.Duration, revive func(context.Context, string) bool) *retrier {
	if revive == nil {
		revive = func(context.Context, string) bool { return false }
	}
	return &retrier{next, backoff, revive}
}

// RoundTrip is the last attempt's answer. The body of one that breaks in the
// middle goes on (see resume).
func (t *retrier) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.send(request)
	if err != nil {
		return nil, err
	}
	return t.resume(request, response), nil
}

// send tries until there is an answer to keep.
func (t *retrier) send(request *http.Request) (*http.Response, error) {
	attempt := request
	for tried := 1; ; tried++ {
		response, err := t.next.RoundTrip(attempt)
		wait, again := t.again(request, response, err, tried)
		if !again || tried == attempts || request.Body != nil && request.GetBody == nil {
			return response, err
		}
		if response != nil {
			discard(response.Body)
		}
		if err := pause(request.Context(), wait); err != nil {
			return nil, err
		}
		attempt = request.Clone(request.Context())
		if request.GetBody != nil {
			if attempt.Body, err = request.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// again says whether to try once more, and after how long.
func (t *retrier) again(request *http.Request, response *http.Response, err error, tried int) (time.Duration, bool) {
	if request.Context().Err() != nil {
		return 0, false
	}
	wait := t.delay(tried)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return 0, t.revive(request.Context(), request.URL.Host)
		}
		return wait, isBroken(err) && repeatable(request)
	}
	after, asked := retryAfter(response, time.Now())
	if asked && after > maxWait {
		return 0, false
	}
	wait = max(wait, after)
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		return wait, true
	case http.StatusServiceUnavailable:
		return wait, asked || repeatable(request)
	case http.StatusInternalServerError:
		return wait, repeatable(request) && !isDiskFull(response)
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusGatewayTimeout:
		return wait, repeatable(request)
	}
	return 0, false
}

// delay is the wait after so many attempts, a fifth more or less so that
// clients that failed together don't come back together.
func (t *retrier) delay(tried int) time.Duration {
	wait := float64(t.backoff)
	for range tried - 1 {
		wait *= backoffGrowth
	}
	return time.Duration(wait * (0.8 + 0.4*rand.Float64()))
}

// repeatable says whether a second copy of the request changes nothing that the
// first did not: reads, manifests, and beginning an upload (the first begun is
// forgotten).
func repeatable(request *http.Request) bool {
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPut:
		return strings.Contains(request.URL.Path, "/manifests/")
	case http.MethodPost:
		return request.ContentLength == 0 && strings.Contains(request.URL.Path, "/blobs/uploads")
	}
	return false
}

// isBroken says whether a connection ended in the middle: nothing that a
// registry decided.
func isBroken(err error) bool {
	for _, cause := range []error{
		io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED,
		net.ErrClosed, // the transport saw the end while it was still sending
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	// net/http has no values for these.
	text := err.Error()
	return strings.Contains(text, "server closed idle connection") || strings.Contains(text, "GOAWAY")
}

// uploadAnew says whether a blob whose upload failed is uploaded anew: its data
// did not arrive, or the registry has forgotten the upload (it was restarted).
func uploadAnew(err error) bool {
	if failed := new(url.Error); errors.As(err, &failed) {
		data := failed.Op == "Patch" || failed.Op == "Put" && !strings.Contains(failed.URL, "/manifests/")
		return data && isBroken(failed)
	}
	answer := new(transport.Error)
	if !errors.As(err, &answer) || answer.Request == nil || repeatable(answer.Request) || noSpace(err) {
		return false
	}
	for _, said := range answer.Errors {
		if said.Code == transport.BlobUploadUnknownErrorCode || said.Code == transport.BlobUploadInvalidErrorCode {
			return true
		}
	}
	switch answer.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
		http.StatusGatewayTimeout, http.StatusRequestTimeout, http.StatusRequestedRangeNotSatisfiable:
		return true
	}
	return false
}

// retryAfter is the wait that an answer asks for, in seconds or as a date.
func retryAfter(response *http.Response, now time.Time) (wait time.Duration, asked bool) {
	value := response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}

// isDiskFull looks into an error's body and puts it back.
func isDiskFull(response *http.Response) bool {
	start, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(start), response.Body), response.Body}
	return err == nil && saysNoSpace(string(start))
}

// discard reads what is left of a short body, so that its connection can be
// used again.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	body.Close()
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}
