package build

import (
	"errors"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

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
