package cluster

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem" // its driver, by name
	"github.com/sirupsen/logrus"
)

// registry is the image registry of a cluster. All clusters of a user serve the
// same files, each at a port of its own: what was pushed to one of them stays,
// and is in the next one too. Nothing is ever deleted, so that several may.
type registry struct {
	server *http.Server
	// address is HOST:PORT.
	address string
}

// startRegistry serves the storage below base at a free port of the loopback.
func startRegistry(ctx context.Context, base string) (*registry, error) {
	storage := filepath.Join(base, registryName)
	if err := os.MkdirAll(storage, 0o700); err != nil {
		return nil, fmt.Errorf("making the registry's folder: %w", err)
	}
	logrus.SetLevel(logrus.FatalLevel) // distribution logs by it alone
	config := &configuration.Configuration{
		Version: configuration.CurrentVersion,
		Storage: configuration.Storage{
			"filesystem": {"rootdirectory": storage},
			"delete":     {"enabled": false},
		},
	}
	// Uploads carry their state signed with it; none outlives the daemon.
	config.HTTP.Secret = fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano())
	config.HTTP.RelativeURLs = true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening a port for the registry: %w", err)
	}
	r := &registry{
		server:  &http.Server{Handler: handlers.NewApp(ctx, config), ReadHeaderTimeout: time.Minute},
		address: listener.Addr().String(),
	}
	r.serve(listener)
	return r, nil
}

// serve answers at one more listener too, as one in the node's network.
func (r *registry) serve(listener net.Listener) { go func() { _ = r.server.Serve(listener) }() }
