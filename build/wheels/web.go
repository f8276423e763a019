package wheels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// patience says how long a server that fails is asked again.
type patience struct {
	attempts int           // in a row without a byte of progress
	first    time.Duration // before the second attempt; doubled for each further one
	most     time.Duration // of one wait, whatever the server asks for
	idle     time.Duration // without a byte, before an answer is given up
}

var usualPatience = patience{attempts: 5, first: 500 * time.Millisecond, most: time.Minute, idle: time.Minute}

// web asks servers, with logins by host, and again where that helps.
type web struct {
	client   *http.Client
	logins   map[string]Login
	patience patience
}

func newWeb(client *http.Client, logins map[string]Login, p patience) web {
	if client == nil {
		client = http.DefaultClient
	}
	if p == (patience{}) {
		p = usualPatience
	}
	own := *client
	own.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
			return errors.New("it redirects from https to http")
		}
		if client.CheckRedirect != nil {
			return client.CheckRedirect(req, via)
		}
		if len(via) >= 10 {
			return errors.New("it redirects more than 10 times")
		}
		return nil
	}
	return web{client: &own, logins: logins, patience: p}
}

// statusError is an answer that isn't what was asked for.
type statusError struct {
	status int
	after  time.Duration // that the server asks to wait; 0 where it doesn't
	shown  string
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("%s answered %d %s", e.shown, e.status, http.StatusText(e.status))
	if e.status == http.StatusUnauthorized {
		text += ": it needs a user and password, or others than those given"
	}
	return text
}

// passing says whether the same question may have another answer later.
func (e *statusError) passing() bool {
	return e.status == http.StatusTooManyRequests || e.status == http.StatusRequestTimeout || e.status >= 500
}

// isStatus says whether an error is an answer of one of the statuses.
func isStatus(err error, statuses ...int) bool {
	var bad *statusError
	if !errors.As(err, &bad) {
		return false
	}
	for _, status := range statuses {
		if bad.status == status {
			return true
		}
	}
	return false
}

// shownURL is an address as it may stand in messages: without login and query,
// which may be a signature.
func shownURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that can't be read"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// get asks once. Any status but 200 and 206 is a *statusError. The body fails
// when nothing comes for too long.
func (w web) get(ctx context.Context, address string, header http.Header) (*http.Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	req, err := w.request(ctx, address, header)
	if err != nil {
		cancel()
		return nil, err
	}
	timer := time.AfterFunc(w.patience.idle, cancel)
	resp, err := w.client.Do(req)
	if err != nil {
		stalled := !timer.Stop() && ctx.Err() != nil
		cancel()
		return nil, fmt.Errorf("asking %s: %w", shownURL(address), explained(err, stalled))
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		timer.Stop()
		resp.Body.Close()
		cancel()
		return nil, &statusError{resp.StatusCode, retryAfter(resp.Header), shownURL(address)}
	}
	resp.Body = &watched{body: resp.Body, timer: timer, idle: w.patience.idle, cancel: cancel}
	return resp, nil
}

func (w web) request(ctx context.Context, address string, header http.Header) (*http.Request, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%s is no address of a server", shownURL(address))
	}
	u.User, u.Fragment = nil, "" // logins are given apart
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", shownURL(address), explained(err, false))
	}
	for key, values := range header {
		req.Header[key] = values
	}
	if known, ok := w.logins[u.Host]; ok {
		req.SetBasicAuth(known.User, known.Password)
	}
	return req, nil
}

// explained is an error without the address, which may hold a login.
func explained(err error, stalled bool) error {
	var withAddress *url.Error
	if errors.As(err, &withAddress) {
		err = withAddress.Err
	}
	if stalled {
		return errors.New("the server sent nothing for too long")
	}
	return err
}

// watched is a body that is given up when nothing comes for too long.
type watched struct {
	body   io.ReadCloser
	timer  *time.Timer
	idle   time.Duration
	cancel context.CancelFunc
}

func (b *watched) Read(p []byte) (int, error) {
	b.timer.Reset(b.idle)
	n, err := b.body.Read(p)
	if !b.timer.Stop() && err != nil && !errors.Is(err, io.EOF) {
		err = explained(err, true)
	}
	return n, err
}

func (b *watched) Close() error {
	b.timer.Stop()
	b.cancel()
	return b.body.Close()
}

// retryAfter is how long a server asks to wait.
func retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 3600)) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// again calls try until it succeeds, fails for good, or patience ends. Where it
// got further, the count of attempts begins anew.
func (w web) again(ctx context.Context, try func() (progress bool, err error)) error {
	wait := w.patience.first
	for attempt := 1; ; attempt++ {
		progress, err := try()
		if err == nil || ctx.Err() != nil || !passing(err) {
			return err
		}
		if progress {
			attempt, wait = 1, w.patience.first
		}
		if attempt >= w.patience.attempts {
			return err
		}
		pause := wait
		var bad *statusError
		if errors.As(err, &bad) {
			pause = max(pause, bad.after)
		}
		timer := time.NewTimer(min(pause, w.patience.most))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		wait *= 2
	}
}

// lasting is an error that asking again won't mend.
type lasting struct{ error }

func (e lasting) Unwrap() error { return e.error }

func passing(err error) bool {
	var bad *statusError
	if errors.As(err, &bad) {
		return bad.passing()
	}
	return !errors.As(err, new(lasting))
}
