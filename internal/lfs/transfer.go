package lfs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// copyBytes is how much is read at once.
const copyBytes = 256 << 10

// errStale is an address that is not good any more: the server is asked for
// another.
var errStale = errors.New("the address has expired")

// bring downloads one object into its partial file, going on where a transfer
// was cut. What can't be had is a *Failed, an address that expired errStale.
func (c *client) bring(ctx context.Context, p *partial, a action, moved func(int64)) (*Failed, error) {
	d := &download{client: c, partial: p, action: a, moved: moved, ranges: true, pieces: p.have > 0}
	err := c.patience.retry(ctx, func() (bool, error) {
		before := d.most
		err := d.once(ctx)
		// Where a transfer must begin anew each time, the same bytes again are
		// no progress.
		d.most = max(d.most, p.have)
		return d.most >= before+progressBytes, err
	})
	if failed := new(failedError); errors.As(err, &failed) {
		return &failed.Failed, nil
	}
	if err != nil && !errors.Is(err, errStale) {
		err = fmt.Errorf("fetching LFS object %s: %w", short(p.OID), err)
	}
	return nil, err
}

// progressBytes is how much must come for a cut not to count as a failure.
const progressBytes = 1 << 20

// failedError carries a Failed out of retry.
type failedError struct{ Failed }

// Error implements error.
func (e *failedError) Error() string { return e.Reason }

// download is the transfer of one object.
type download struct {
	*client
	*partial
	action action
	moved  func(int64)
	ranges bool  // parts may be asked for
	pieces bool  // what there is came in several transfers
	most   int64 // bytes that were there at one time
}

// once tries once. It ends with the whole content, or an error.
func (d *download) once(ctx context.Context) error {
	if d.have == d.Size {
		return d.judge()
	}
	if d.have > 0 && !d.ranges {
		if err := d.begin(); err != nil {
			return err
		}
	}
	response, err := d.ask(ctx)
	if err != nil {
		return d.refused(err)
	}
	defer response.Body.Close()
	if err := d.accept(response); err != nil {
		return err
	}
	if err := d.receive(ctx, response.Body); err != nil {
		return err
	}
	return d.judge()
}

// receive appends a body to what there is.
func (d *download) receive(ctx context.Context, body io.Reader) error {
	buffer := make([]byte, copyBytes)
	for {
		n, err := body.Read(buffer)
		if int64(n) > d.Size-d.have {
			return d.wrong(fmt.Sprintf("the server sends more than the %d bytes that its pointer says", d.Size))
		}
		if _, err := d.Write(buffer[:n]); err != nil {
			return err
		}
		d.moved(int64(n))
		switch {
		case errors.Is(err, io.EOF) && d.have == d.Size:
			return nil
		case errors.Is(err, io.EOF):
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return broken(ctx, fmt.Errorf("the connection broke after %d of %d bytes: %w", d.have, d.Size, err))
		}
	}
}

// ask requests what is missing.
func (d *download) ask(ctx context.Context) (*http.Response, error) {
	header := http.Header{"Accept-Encoding": {"identity"}}
	if d.have > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
	}
	return d.do(ctx, request{method: http.MethodGet, url: d.action.href, header: header, own: d.action.header})
}

// refused decides what a refusal means for the object.
func (d *download) refused(err error) error {
	if login := new(LoginError); errors.As(err, &login) {
		// Signatures and tokens that came with the address: storage says 403 for
		// one that has expired.
		if login.Source == "the server" || login.Status == http.StatusForbidden {
			return fmt.Errorf("%w: %w", errStale, err)
		}
		return err
	}
	status := new(StatusError)
	if may := new(passing); errors.As(err, &may) || !errors.As(err, &status) {
		return err
	}
	switch status.Status {
	case http.StatusRequestedRangeNotSatisfiable:
		d.ranges = false
		return &passing{err: err}
	case http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
		return &failedError{Failed{d.Object, status.Status, refusal(status.Status, status.Message)}}
	}
	return &failedError{Failed{d.Object, status.Status, err.Error()}}
}

// accept looks at an answer before its body is read: what it is part of, and
// how much it will be.
func (d *download) accept(response *http.Response) error {
	if encoding := response.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return &failedError{Failed{d.Object, 0, fmt.Sprintf("the server sends it encoded (%s), which was not asked for", oneLine(encoding))}}
	}
	if response.StatusCode == http.StatusPartialContent && !startsAt(response.Header.Get("Content-Range"), d.have) {
		d.ranges = false
		return &passing{err: errors.New("the server sends another part than it was asked for")}
	}
	if response.StatusCode == http.StatusOK && d.have > 0 {
		if err := d.begin(); err != nil {
			return err
		}
	}
	if total := d.have + response.ContentLength; response.ContentLength >= 0 && total != d.Size {
		if response.StatusCode == http.StatusPartialContent {
			d.ranges = false
			return &passing{err: errors.New("the server sends another part than it was asked for")}
		}
		return d.wrong(fmt.Sprintf("the server has %d bytes of it, its pointer says %d", total, d.Size))
	}
	d.pieces = d.have > 0
	return nil
}

// startsAt reads a Content-Range: "bytes 5-9/10".
func startsAt(contentRange string, at int64) bool {
	unit, rest, _ := strings.Cut(contentRange, " ")
	first, _, ok := strings.Cut(rest, "-")
	n, err := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	return ok && err == nil && strings.EqualFold(unit, "bytes") && n == at
}

// judge compares what has come with its name. What was put together from
// several transfers is fetched once more before it is given up.
func (d *download) judge() error {
	switch {
	case d.whole():
		return nil
	case !d.pieces:
		return d.wrong("what the server sends has another SHA-256 than its name; it is damaged there")
	}
	d.ranges = false
	if err := d.begin(); err != nil {
		return err
	}
	return &passing{err: errors.New("what has come in parts has another SHA-256 than its name")}
}

// begin forgets what has come.
func (d *download) begin() error {
	d.moved(-d.have)
	d.pieces = false
	return d.restart()
}

// wrong is an object that can't be had although the server says that it has it.
func (d *download) wrong(reason string) error {
	return &failedError{Failed{d.Object, 0, reason}}
}
