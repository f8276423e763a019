package gitrepo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// extraHeaders are the headers that http.<url>.extraHeader sets for a URL. The
// checkout of a CI system leaves its token there.
func (r *Repo) extraHeaders(ctx context.Context, address string) (http.Header, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("reading http.extraHeader for %q: not a URL", Redact(address))
	}
	out, err := r.git(ctx, "config", "-z", "--get-regexp", `^http\.(.*\.)?extraheader$`)
	if err != nil && exitCode(err) != 1 {
		return nil, fmt.Errorf("reading http.extraHeader: %w", err)
	}
	return chooseHeaders(parseConfig(out), u), nil
}

// chooseHeaders goes through the settings as git does: one that fits less well
// than one before it is passed over, an empty value forgets what came before.
func chooseHeaders(entries []configEntry, u *url.URL) http.Header {
	headers := http.Header{}
	best := urlMatch{}
	for _, e := range entries {
		pattern := strings.TrimSuffix(strings.TrimPrefix(e.key, "http."), "extraheader")
		match, ok := matchURL(strings.TrimSuffix(pattern, "."), u)
		if !ok || match.less(best) {
			continue
		}
		best = match
		if e.value == "" {
			headers = http.Header{}
			continue
		}
		name, value, ok := strings.Cut(e.value, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if ok && name != "" && !strings.ContainsAny(name+value, "\r\n\x00") {
			headers.Add(name, value)
		}
	}
	return headers
}

// urlMatch is how well a URL of a setting's name fits: by its host, then its
// path, then its user.
type urlMatch struct{ host, path, user int }

func (m urlMatch) less(other urlMatch) bool {
	switch {
	case m.host != other.host:
		return m.host < other.host
	case m.path != other.path:
		return m.path < other.path
	}
	return m.user < other.user
}

// matchURL compares as git does for http.<url>: scheme and port must be equal,
// labels of the host may be "*", the path may be a beginning that ends at a
// slash. An empty pattern fits anything.
func matchURL(pattern string, u *url.URL) (urlMatch, bool) {
	if pattern == "" {
		return urlMatch{}, true
	}
	p, err := url.Parse(pattern)
	if err != nil || !strings.EqualFold(p.Scheme, u.Scheme) || portOf(p) != portOf(u) {
		return urlMatch{}, false
	}
	match := urlMatch{host: len(p.Hostname())}
	if p.User != nil {
		if u.User.Username() != p.User.Username() {
			return urlMatch{}, false
		}
		match.user = 1
	}
	want, have := strings.TrimSuffix(p.Path, "/")+"/", strings.TrimSuffix(u.Path, "/")+"/"
	if !matchHost(p.Hostname(), u.Hostname()) || !strings.HasPrefix(have, want) {
		return urlMatch{}, false
	}
	match.path = len(want)
	return match, true
}

func matchHost(pattern, host string) bool {
	want, have := strings.Split(strings.ToLower(pattern), "."), strings.Split(strings.ToLower(host), ".")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != "*" && want[i] != have[i] {
			return false
		}
	}
	return true
}

// portOf is the port that a URL means.
func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}
