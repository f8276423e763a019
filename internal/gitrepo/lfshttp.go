package gitrepo

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// HTTPSettings is how git reaches a server over http, as far as it is set; what
// isn't is "".
type HTTPSettings struct {
	// CAFile holds certificates that the server's may be signed by.
	CAFile string
	// Proxy is the URL of the proxy, which may hold a password.
	Proxy string
}

// HTTPSettings reads http.sslCAInfo and http.proxy for a URL. GIT_SSL_CAINFO
// comes first, as for git.
func (r *Repo) HTTPSettings(ctx context.Context, address string) (HTTPSettings, error) {
	var s HTTPSettings
	for _, setting := range []struct {
		kind, key string
		to        *string
	}{
		{"--type=path", "http.sslCAInfo", &s.CAFile},
		{"--no-type", "http.proxy", &s.Proxy},
	} {
		out, err := r.git(ctx, "config", "-z", setting.kind, "--get-urlmatch", setting.key, address)
		if err != nil && exitCode(err) != 1 {
			return s, fmt.Errorf("reading %s for %q: %w", setting.key, Redact(address), err)
		}
		*setting.to = strings.TrimSuffix(string(out), "\x00")
	}
	if file := os.Getenv("GIT_SSL_CAINFO"); file != "" {
		s.CAFile = file
	}
	return s, nil
}
