package wheels

import (
	"context"
	"net/http"
)

// Store keeps archives by hash in a directory that processes share.
type Store struct {
	// Dir holds them, as Dir/<first two digits>/<sha256>.whl (or .tar.gz, .zip).
	Dir string
	// Client is what fetches; nil is http.DefaultClient.
	Client *http.Client
	// Logins are by host, as Index has them.
	Logins map[string]Login
	// Progress, where it isn't nil, hears of bytes as they come, from several
	// goroutines: done counts from what an earlier attempt left.
	Progress func(a Archive, done int64)
}

// Fetch brings one archive into the store, unless it is there, and says where.
func (s Store) Fetch(ctx context.Context, a Archive) (path string, err error) {
	return "", nil
}

// FetchAll brings archives, several at a time and the largest first. The paths
// are in the archives' order.
func (s Store) FetchAll(ctx context.Context, archives []Archive) (paths []string, err error) {
	return nil, nil
}
