package lfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"gantline.dev/gantline/internal/gitrepo"
)

// LoginError is a server that doesn't let us in.
type LoginError struct {
	// URL is what was asked, as a message may show it.
	URL string
	// Status is 401 (who are you?) or 403 (you may not).
	Status int
	// Source says where the login came from that was refused, "" where there
	// was none.
	Source string
	// Message is the server's own, often "".
	Message string
}

// Error implements error: what was refused, and what to do.
func (e *LoginError) Error() string {
	host := e.URL
	if u, err := url.Parse(e.URL); err == nil {
		host = origin(u) + "/"
	}
	where := fmt.Sprintf("asking %q", e.URL)
	token := fmt.Sprintf(`set http.%s.extraHeader to "Authorization: Basic …" with a token that may read the repository`, host)
	said := ""
	if e.Message != "" {
		said = fmt.Sprintf(" (%q)", e.Message)
	}
	switch {
	case e.Status == http.StatusForbidden && e.Source == "":
		return fmt.Sprintf("%s: the LFS server forbids it without a login (403)%s; %s", where, said, token)
	case e.Status == http.StatusForbidden:
		return fmt.Sprintf("%s: the LFS server knows the login from %s but forbids it to read (403)%s; use one that may read the repository's LFS contents", where, e.Source, said)
	case e.Source == "":
		return fmt.Sprintf("%s: the LFS server wants a login (401)%s, and git has none for %s; log in with git once (a git fetch from there with a credential helper that stores it), or %s", where, said, host, token)
	case e.Source == credentialHelper:
		return fmt.Sprintf("%s: the LFS server refuses the login from %s (401)%s, which was told to forget it; log in again with git, or %s", where, e.Source, said, token)
	}
	return fmt.Sprintf("%s: the LFS server refuses the login from %s (401)%s; it may have expired", where, e.Source, said)
}

// StatusError is an answer that says no.
type StatusError struct {
	// URL is what was asked, as a message may show it.
	URL string
	// Status is HTTP's.
	Status int
	// Message is the server's own, often "".
	Message string
}

// Error implements error.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("asking %q: the server answers %d", e.URL, e.Status)
	if name := http.StatusText(e.Status); name != "" {
		text += " " + name
	}
	if e.Message != "" {
		text += fmt.Sprintf(" (%q)", e.Message)
	}
	return text
}

// logIn asks git for a login for a host that wants one.
func (c *client) logIn(ctx context.Context, at *url.URL) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.logins[origin(at)] != nil {
		return nil // another request has just asked
	}
	found, err := c.repo.LFSCredential(ctx, c.endpoint, shownURL(at))
	if errors.Is(err, gitrepo.ErrNoCredential) {
		return &LoginError{URL: shownURL(at), Status: http.StatusUnauthorized}
	}
	if err != nil {
		return err
	}
	c.logins[origin(at)] = &credential{Credential: found}
	return nil
}

// judge tells git whether its login was good, and turns an answer that isn't
// one into an error.
func (c *client) judge(ctx context.Context, sent attempt, response *http.Response) (*http.Response, error) {
	status := response.StatusCode
	if sent.from == credentialHelper {
		c.tellGit(ctx, origin(sent.at), status)
	}
	if status == http.StatusOK || status == http.StatusPartialContent {
		return response, nil
	}
	message := messageOf(response.Body)
	response.Body.Close()
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return nil, &LoginError{URL: shownURL(sent.at), Status: status, Source: sent.from, Message: message}
	}
	err := &StatusError{URL: shownURL(sent.at), Status: status, Message: message}
	if after, ok := busy(status, response.Header, time.Now()); ok {
		return nil, &passing{err: err, after: after}
	}
	return nil, err
}

// tellGit has the helpers keep a login that was accepted, and forget one that
// was refused. One that is known but may not read stays: it may be right for
// other repositories.
func (c *client) tellGit(ctx context.Context, host string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.logins[host]
	switch {
	case known == nil:
	case status == http.StatusUnauthorized:
		// What a helper does with it is its own affair.
		_ = c.repo.Reject(ctx, known.Credential)
		delete(c.logins, host)
	case status < 400 && !known.approved:
		known.approved = true
		_ = c.repo.Approve(ctx, known.Credential)
	}
}

// messageOf is what a server says about an error, short enough for a line.
func messageOf(body io.Reader) string {
	raw, err := io.ReadAll(io.LimitReader(body, 64<<10))
	var said struct {
		Message string `json:"message"`
	}
	if err != nil || json.Unmarshal(raw, &said) != nil {
		return ""
	}
	return oneLine(said.Message)
}

// oneLine makes a server's words fit for a message.
func oneLine(text string) string {
	const longest = 200
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(gitrepo.Redact(text)), " ")
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return text
}
