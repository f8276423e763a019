package build

import (
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// passingCodes are the answers that may be others when asked again.
func passingCodes() []int {
	return []int{
		http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	}
}

// isPassing says whether a request that failed so may be sent again.
// go-containerregistry begins an upload anew, never a part of one.
func isPassing(err error) bool {
	var temporary interface{ Temporary() bool }
	if errors.As(err, &temporary) && temporary.Temporary() {
		return true
	}
	for _, cut := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.EPIPE, syscall.ECONNRESET, net.ErrClosed} {
		if errors.Is(err, cut) {
			return true
		}
	}
	return false
}

func isNotFound(err error) bool {
	var failed *transport.Error
	return errors.As(err, &failed) && failed.StatusCode == http.StatusNotFound
}

// isBlobUnknown says that the registry refused a manifest because it lacks a
// layer that the manifest names.
func isBlobUnknown(err error) bool {
	var failed *transport.Error
	if !errors.As(err, &failed) {
		return false
	}
	for _, d := range failed.Errors {
		if d.Code == transport.ManifestBlobUnknownErrorCode || d.Code == transport.BlobUnknownErrorCode {
			return true
		}
	}
	return false
}
