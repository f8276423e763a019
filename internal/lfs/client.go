package lfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"gantline.dev/gantline/internal/gitrepo"
)

// client speaks to one server, and to the hosts that it sends us to.
type client struct {
	http     *http.Client
	repo     *gitrepo.Repo
	endpoint gitrepo.LFSEndpoint
	patience patience

	mu     sync.Mutex
	login  gitrepo.LFSLogin
	logins map[string]*credential // git's, by scheme and host
}

// credential is one that git gave.
type credential struct {
	gitrepo.Credential
	approved bool
}

// maxRedirects is how often one request may be sent elsewhere.
const maxRedirects = 5

// newClient finds out how to speak to the endpoint's server.
func newClient(ctx context.Context, repo *gitrepo.Repo, endpoint gitrepo.LFSEndpoint, p patience) (*client, error) {
	c := &client{repo: repo, endpoint: endpoint, patience: p, logins: map[string]*credential{}}
	login, err := c.currentLogin(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := repo.HTTPSettings(ctx, login.URL)
	if err != nil {
		return nil, err
	}
	transport, err := newTransport(settings)
	if err != nil {
		return nil, err
	}
	c.http = &http.Client{
		Transport: transport,
		// See follow: headers of one host must not reach another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// currentLogin is the login of the endpoint, asked for anew shortly before it
// expires.
func (c *client) currentLogin(ctx context.Context) (gitrepo.LFSLogin, error) {
	const margin = 5 * time.Second
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.login.URL != "" && (c.login.Expires.IsZero() || time.Until(c.login.Expires) > margin) {
		return c.login, nil
	}
	login, err := c.repo.LFSLogin(ctx, c.endpoint)
	if err == nil {
		c.login = login
	}
	return login, err
}

// request is one request, before it is known which hosts will see it.
type request struct {
	method, url string
	body        []byte
	// header is for any host; own only for the host of url.
	header, own http.Header
}

// do sends a request, follows where it is sent on to, logs in where that is
// wanted, and returns an answer of 200 or 206. Any other is a StatusError, one
// that may be repeated a passing error. The answer's body ends with an error
// when the server is silent for too long; it must be closed.
func (c *client) do(ctx context.Context, r request) (*http.Response, error) {
	login, err := c.currentLogin(ctx)
	if err != nil {
		return nil, err
	}
	at, err := c.address(r.url, login)
	if err != nil {
		return nil, err
	}
	first := origin(at)
	for hops, loggedIn := 0, false; hops <= maxRedirects; {
		own := r.own
		if origin(at) != first {
			own = nil
		}
		sent, response, err := c.send(ctx, r, at, own, login)
		if err != nil {
			return nil, err
		}
		switch next := response.Header.Get("Location"); {
		case isRedirect(response.StatusCode) && next != "":
			drop(response.Body)
			if at, err = c.follow(at, next, login); err != nil {
				return nil, err
			}
			hops++
		case response.StatusCode == http.StatusUnauthorized && !loggedIn && sent.from == "":
			drop(response.Body)
			if err := c.logIn(ctx, at); err != nil {
				return nil, err
			}
			loggedIn = true
		default:
			return c.judge(ctx, sent, response)
		}
	}
	return nil, fmt.Errorf("asking %q: redirected more than %d times", shownURL(at), maxRedirects)
}

// attempt is a request as it was sent.
type attempt struct {
	at   *url.URL
	from string // where the authorization came from, "" where there was none
}

// send sends the request to one address.
func (c *client) send(ctx context.Context, r request, at *url.URL, own http.Header, login gitrepo.LFSLogin) (attempt, *http.Response, error) {
	sent := attempt{at: at}
	ctx, watch := watched(ctx, c.patience.silence)
	// A nil reader would be a body of unknown length.
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, at.String(), body)
	if err != nil {
		watch.stop()
		return sent, nil, fmt.Errorf("asking %q: not a URL to ask", shownURL(at))
	}
	sent.from = c.authorize(req, r.header, own, login)
	response, err := c.http.Do(req)
	if err != nil {
		cause := context.Cause(ctx)
		watch.stop()
		if failed := new(url.Error); errors.As(err, &failed) {
			err = failed.Err // the URL may hold a signature
		}
		if errors.Is(cause, errSilent) {
			err = cause
		}
		return sent, nil, broken(watch.parent, fmt.Errorf("asking %q: %w", shownURL(at), err))
	}
	response.Body = &watchedBody{response.Body, ctx, watch}
	return sent, response, nil
}

// authorize sets the headers of a request and says where its authorization
// comes from.
func (c *client) authorize(req *http.Request, header, own http.Header, login gitrepo.LFSLogin) (from string) {
	set := func(header http.Header) {
		for name, values := range header {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	req.Header.Set("User-Agent", "gantline")
	server, err := url.Parse(login.URL)
	if err == nil && origin(server) == origin(req.URL) {
		set(login.Header)
		from = login.Source
	}
	set(own)
	set(header) // last: what part of a content is asked for is ours to say
	switch {
	case own.Get("Authorization") != "":
		return "the server"
	case req.Header.Get("Authorization") != "":
		return from
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.logins[origin(req.URL)]; known != nil {
		req.Header.Set("Authorization", known.Authorization())
		return credentialHelper
	}
	return ""
}

// credentialHelper is the source of a login that git was asked for.
const credentialHelper = "git's credential helper"

// address reads a URL that a server gave.
func (c *client) address(text string, login gitrepo.LFSLogin) (*url.URL, error) {
	at, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the LFS server names %q, which is not a URL", gitrepo.Redact(text))
	}
	return at, allowed(at, login)
}

// allowed refuses what isn't encrypted where the server's own URL is.
func allowed(at *url.URL, login gitrepo.LFSLogin) error {
	server, err := url.Parse(login.URL)
	if err != nil {
		return fmt.Errorf("the LFS server's URL %q is none", gitrepo.Redact(login.URL))
	}
	switch {
	case at.Host == "" || at.Scheme != "http" && at.Scheme != "https":
		return fmt.Errorf("the LFS server leads to %q, which is not a URL of http or https", shownURL(at))
	case at.Scheme == "http" && server.Scheme != "http":
		return fmt.Errorf("the LFS server leads to %q, which is not encrypted although the server is; contents are not fetched that way", shownURL(at))
	}
	return nil
}

// follow is where a redirect leads.
func (c *client) follow(at *url.URL, location string, login gitrepo.LFSLogin) (*url.URL, error) {
	next, err := at.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("asking %q: redirected to %q, which is not a URL", shownURL(at), gitrepo.Redact(location))
	}
	return next, allowed(next, login)
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// origin is what a login or a header belongs to: scheme, host and port.
func origin(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host
}

// shownURL is a URL without what may be secret in it: signatures stand in the
// query.
func shownURL(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.Fragment = nil, "", ""
	return shown.String()
}

// drop reads what is left of a short body, so that its connection can be used
// again.
func drop(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	body.Close()
}
