package registry

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// refusal is an answer that was not the wanted one.
type refusal struct {
	answer *transport.Error
	header http.Header
}

// Error is the answer's.
func (r *refusal) Error() string { return r.answer.Error() }

// Unwrap is the answer.
func (r *refusal) Unwrap() error { return r.answer }

// says tells whether the registry gave one of the codes.
func (r *refusal) says(codes ...transport.ErrorCode) bool {
	for _, said := range r.answer.Errors {
		for _, code := range codes {
			if said.Code == code {
				return true
			}
		}
	}
	return false
}

// saysWrong tells whether the registry got other bytes than the digest's.
func (r *refusal) saysWrong() bool {
	return r.says(transport.DigestInvalidErrorCode, transport.SizeInvalidErrorCode)
}

// verdict is what a failed request of an upload means for it.
type verdict int

const (
	final    verdict = iota // nothing helps
	passing                 // asking again may help
	lost                    // the registry has forgotten the upload
	declined                // the registry does not take the upload in this form
)

// judge says what a failure means, and how long the registry asks to wait.
func judge(ctx context.Context, err error) (verdict, time.Duration) {
	refused := new(refusal)
	switch {
	case ctx.Err() != nil, noSpace(err), errors.Is(err, ErrPlainHTTP), errors.Is(err, ErrContent), isCertificate(err):
		return final, 0
	case !errors.As(err, &refused):
		return passing, 0 // the connection, or what was read
	}
	wait, _ := retryAfter(&http.Response{Header: refused.header}, time.Now())
	switch status := refused.answer.StatusCode; {
	case refused.says(transport.BlobUploadUnknownErrorCode, transport.BlobUploadInvalidErrorCode):
		return lost, 0
	case refused.saysWrong():
		return declined, 0
	case wait > maxWait:
		return final, 0
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusRequestedRangeNotSatisfiable,
		status == http.StatusInternalServerError, status == http.StatusBadGateway,
		status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return passing, wait
	case status == http.StatusNotFound:
		return lost, 0
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusRequestEntityTooLarge:
		return final, 0
	}
	return declined, 0
}
