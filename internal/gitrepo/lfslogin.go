package gitrepo

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// LFSLogin is how an endpoint is spoken to: where, and with which headers. It
// holds secrets, which its text leaves out.
type LFSLogin struct {
	// URL is the server's: the endpoint's, or the one that it named over ssh.
	URL string
	// Header goes with every request to the server, and to no other host.
	Header http.Header
	// Expires is when the header is refused; the zero time is never.
	Expires time.Time
	// Source says where the header's authorization comes from, for messages; ""
	// where there is none.
	Source string
}

// String leaves the secrets out.
func (l LFSLogin) String() string {
	return fmt.Sprintf("%s with %d headers from %q", Redact(l.URL), len(l.Header), l.Source)
}

// GoString leaves the secrets out of %#v.
func (l LFSLogin) GoString() string { return l.String() }

// LFSLogin prepares for speaking to an endpoint's server. Over ssh it asks
// git-lfs-authenticate, for http it takes http.<url>.extraHeader, else user and
// password of the URL. A server that wants a login although there is none here
// needs one of git's credentials; see Credential.
func (r *Repo) LFSLogin(ctx context.Context, e LFSEndpoint) (LFSLogin, error) {
	if e.ssh != (sshAddress{}) {
		login, ok, err := r.askOverSSH(ctx, e)
		if ok || err != nil {
			return login, err
		}
	}
	login := LFSLogin{URL: e.URL, Header: http.Header{}}
	extra, err := r.extraHeaders(ctx, e.URL)
	if err != nil {
		return login, err
	}
	login.Header = extra
	if extra.Get("Authorization") != "" {
		login.Source = "http.<url>.extraHeader"
		return login, nil
	}
	if password, ok := e.user.Password(); ok {
		login.Header.Set("Authorization", basic(e.user.Username(), password))
		login.Source = "the URL"
	}
	return login, nil
}

// basic is the value of an Authorization header.
func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// LFSCredential is git's credential for an address on the endpoint's server, or
// on a host that the server leads to. On the host of the remote itself it is
// the login that git uses for the remote.
func (r *Repo) LFSCredential(ctx context.Context, e LFSEndpoint, address string) (Credential, error) {
	at, err := url.Parse(address)
	remote, err2 := url.Parse(e.login)
	if err != nil || err2 != nil || at.Scheme != remote.Scheme || !strings.EqualFold(at.Host, remote.Host) {
		return r.Credential(ctx, address)
	}
	if name := e.user.Username(); name != "" && remote.User == nil {
		remote.User = url.User(name)
	}
	return r.Credential(ctx, remote.String())
}
