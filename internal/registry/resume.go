package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// resume is the answer with a body that goes on where the connection breaks in
// the middle: it asks for the rest. Only answers to GET that say how long they
// are can be resumed; digests are checked, so a wrong rest is found out.
func (t *retrier) resume(request *http.Request, response *http.Response) *http.Response {
	start, known := startOf(request, response)
	if known && response.ContentLength > 0 && !response.Uncompressed {
		response.Body = &resumed{retrier: t, request: request, first: response, start: start, body: response.Body}
	}
	return response
}

// startOf is the byte that an answer begins with: the first one, or the one
// that was asked for.
func startOf(request *http.Request, response *http.Response) (start int64, known bool) {
	if request.Method != http.MethodGet {
		return 0, false
	}
	switch response.StatusCode {
	case http.StatusOK:
		return 0, true
	case http.StatusPartialContent:
		text, ranged := strings.CutPrefix(request.Header.Get("Range"), "bytes=")
		text, toEnd := strings.CutSuffix(text, "-")
		start, err := strconv.ParseInt(text, 10, 64)
		return start, err == nil && ranged && toEnd
	}
	return 0, false
}

// resumed is the body of an answer, made of one connection's after another's.
type resumed struct {
	retrier *retrier
	request *http.Request
	first   *http.Response
	start   int64 // the byte that the first answer began with
	body    io.ReadCloser
	passed  int64 // bytes
	breaks  int   // since the last byte
}

// Read reads on, over a break where there is still hope.
func (r *resumed) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	r.passed += int64(n)
	if n > 0 {
		r.breaks = 0
	}
	if err == nil || r.passed == r.first.ContentLength || !isBroken(err) || r.request.Context().Err() != nil {
		return n, err
	}
	r.breaks++
	if r.breaks < attempts {
		again := r.reopen(r.request.Context())
		if again == nil {
			return n, nil
		}
		err = errors.Join(err, again)
	}
	// As http.Client does for what fails before the body, without the query.
	at := url.URL{Scheme: r.request.URL.Scheme, Host: r.request.URL.Host, Path: r.request.URL.Path}
	return n, &url.Error{Op: "Get", URL: at.String(), Err: err}
}

// reopen asks for the rest. A server that knows no ranges sends all anew, of
// which what is there already is read over.
func (r *resumed) reopen(ctx context.Context) error {
	if err := pause(ctx, r.retrier.delay(r.breaks)); err != nil {
		return err
	}
	request := r.request.Clone(ctx)
	request.Header.Set("Range", fmt.Sprintf("bytes=%d-", r.start+r.passed))
	response, err := r.retrier.send(request)
	if err != nil {
		return err
	}
	skip := int64(0)
	switch whole := r.first.ContentLength; {
	case response.StatusCode == http.StatusPartialContent && response.ContentLength == whole-r.passed:
	case response.StatusCode == http.StatusOK && response.ContentLength == r.start+whole:
		skip = r.start + r.passed
	default:
		response.Body.Close()
		return fmt.Errorf("asking for the rest: %s", response.Status)
	}
	r.body.Close()
	r.body = response.Body
	if _, err := io.CopyN(io.Discard, r.body, skip); err != nil && !isBroken(err) {
		return err
	}
	return nil
}

// Close closes the connection in use.
func (r *resumed) Close() error { return r.body.Close() }
