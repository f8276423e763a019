package lfs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// patience is how often and how long something is tried again.
type patience struct {
	// attempts is how many in a row may fail without any progress.
	attempts int
	// first is the wait after the first, each further one is twice as long, up
	// to longest.
	first, longest time.Duration
	// asked is the longest wait that a server may ask for.
	asked time.Duration
	// silence is how long a server may send nothing.
	silence time.Duration
}

func defaultPatience() patience {
	return patience{attempts: 6, first: 250 * time.Millisecond, longest: 10 * time.Second, asked: 5 * time.Minute, silence: time.Minute}
}

// passing is a failure that may pass: the network, or a server that is busy.
type passing struct {
	err   error
	after time.Duration // that the server asked for
}

// Error implements error.
func (p *passing) Error() string { return p.err.Error() }

// Unwrap gives the cause.
func (p *passing) Unwrap() error { return p.err }

// retry calls try until it succeeds, fails for a reason that stays, or has
// failed too often. A call that says that it made progress begins the count
// anew.
func (p patience) retry(ctx context.Context, try func() (progress bool, err error)) error {
	for failed := 0; ; {
		progress, err := try()
		may := new(passing)
		if err == nil || !errors.As(err, &may) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if progress {
			failed = 0
		}
		failed++
		switch {
		case failed >= p.attempts:
			return fmt.Errorf("%w (tried %d times; what has come is kept, run again)", may.err, failed)
		case may.after > p.asked:
			return fmt.Errorf("%w; it asks to wait %v, run again then", may.err, may.after)
		}
		if err := pause(ctx, max(p.wait(failed), may.after)); err != nil {
			return err
		}
	}
}

// wait is how long to wait after so many failures, more or less by chance, so
// that clients that failed together don't come back together.
func (p patience) wait(failed int) time.Duration {
	wait := p.first << min(failed-1, 16)
	return time.Duration(float64(min(wait, p.longest)) * (0.75 + 0.5*rand.Float64()))
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// broken says whether a request that got no answer may be repeated: all but
// those to a server that isn't the one it should be.
func broken(ctx context.Context, err error) error {
	wrong := new(tls.CertificateVerificationError)
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &wrong):
		return fmt.Errorf("%w; a certificate authority of your own is named with git config http.sslCAInfo FILE", err)
	}
	return &passing{err: err}
}

// busy says whether an answer asks to come back later, and when.
func busy(status int, header http.Header, now time.Time) (after time.Duration, ok bool) {
	switch status {
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, true
}
