package gitrepo

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// derive turns the URL of a server, or of a repository that is cloned from, into
// an endpoint.
func (s lfsSettings) derive(raw string, clone bool) (lfsWhere, error) {
	raw = s.replaced(raw)
	if raw == "" || strings.ContainsFunc(raw, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return lfsWhere{}, fmt.Errorf("%q is not a URL", Redact(raw))
	}
	scheme, rest, isURL := strings.Cut(raw, "://")
	if helper, _, ok := strings.Cut(raw, "::"); ok && !strings.ContainsAny(helper, "/:@[") {
		return lfsWhere{}, fmt.Errorf("%q is read by a program of git (git-remote-%s), which knows no LFS server", Redact(raw), helper)
	}
	if !isURL {
		return s.derivePath(raw, clone)
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		return deriveHTTP(raw, clone)
	case "git":
		protocol, _, ok := s.get("lfs.gitprotocol")
		if !ok {
			protocol = "https"
		}
		return deriveHTTP(protocol+"://"+rest, clone)
	case "ssh", "git+ssh", "ssh+git":
		return deriveSSH(raw, clone)
	case "file":
		u, err := url.Parse(raw)
		if err != nil || u.Host != "" && u.Host != "localhost" || u.Path == "" {
			return lfsWhere{}, fmt.Errorf("%q names no directory", Redact(raw))
		}
		return lfsWhere{dir: filepath.FromSlash(u.Path)}, nil
	}
	return lfsWhere{}, fmt.Errorf("%q has a scheme that LFS has no server for", Redact(raw))
}

// derivePath handles what has no scheme: a path, or host:path as ssh has it.
func (s lfsSettings) derivePath(raw string, clone bool) (lfsWhere, error) {
	host, path, ok := splitSCP(raw)
	if !ok {
		dir := filepath.FromSlash(raw)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(s.root, dir)
		}
		return lfsWhere{dir: dir}, nil
	}
	user, host, hasUser := strings.Cut(host, "@")
	if !hasUser {
		user, host = "", user
	}
	port := ""
	if strings.Count(host, ":") == 1 { // more are an IPv6 address
		host, port, _ = strings.Cut(host, ":")
	}
	return overSSH(sshAddress{user: user, host: host, port: port, path: path}, clone)
}

// splitSCP splits host:path and [host:port]:path. A slash before the colon makes
// a path of it, as for git.
func splitSCP(raw string) (host, path string, ok bool) {
	if inside, ok := strings.CutPrefix(raw, "["); ok {
		host, path, ok = strings.Cut(inside, "]:")
		return host, path, ok
	}
	host, path, ok = strings.Cut(raw, ":")
	return host, path, ok && !strings.Contains(host, "/")
}

func deriveHTTP(raw string, clone bool) (lfsWhere, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		// The parser's own words would repeat the URL.
		return lfsWhere{}, fmt.Errorf("%q is not a URL of http or https", Redact(raw))
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return lfsWhere{}, fmt.Errorf("%q has a query or a fragment, which an LFS server's URL can't have", Redact(raw))
	}
	user := u.User
	u.User = nil
	return lfsWhere{url: withLFSPath(u.String(), clone), user: user}, nil
}

// withLFSPath adds what the protocol puts below the URL of a repository.
func withLFSPath(text string, clone bool) string {
	text = strings.TrimSuffix(text, "/")
	switch {
	case !clone:
		return text
	case strings.HasSuffix(text, ".git"):
		return text + "/info/lfs"
	}
	return text + ".git/info/lfs"
}

func deriveSSH(raw string, clone bool) (lfsWhere, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return lfsWhere{}, fmt.Errorf("%q is not a URL", Redact(raw))
	}
	return overSSH(sshAddress{user: u.User.Username(), host: u.Hostname(), port: u.Port(), path: u.Path}, clone)
}

// overSSH is the server behind an address of ssh. Where its answer to a login
// names no URL, it is the one of https on the same host.
func overSSH(a sshAddress, clone bool) (lfsWhere, error) {
	if err := a.check(); err != nil {
		return lfsWhere{}, err
	}
	host := a.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	u := url.URL{Scheme: "https", Host: host, Path: "/" + strings.TrimPrefix(a.path, "/")}
	if again, err := url.Parse(u.String()); err != nil || again.Host != host {
		return lfsWhere{}, fmt.Errorf("%q is not the name of a host", a.host)
	}
	return lfsWhere{url: withLFSPath(u.String(), clone), ssh: a}, nil
}

// sshAddress is a repository as ssh reaches it.
type sshAddress struct{ user, host, port, path string }

// check refuses what ssh or the command on the other side would take for an
// option.
func (a sshAddress) check() error {
	switch {
	case a.host == "" || a.path == "" || a.path == "/":
		return errors.New("an address of ssh needs a host and a path")
	case strings.HasPrefix(a.user, "-"), strings.HasPrefix(a.host, "-"), strings.HasPrefix(a.path, "-"):
		return fmt.Errorf("%q would be taken for an option by ssh", a.String())
	case strings.Trim(a.port, "0123456789") != "":
		return fmt.Errorf("%q is not a port", a.port)
	}
	return nil
}

// destination is user@host.
func (a sshAddress) destination() string {
	if a.user == "" {
		return a.host
	}
	return a.user + "@" + a.host
}

// String is the address as scp has it, for messages.
func (a sshAddress) String() string { return a.destination() + ":" + a.path }
