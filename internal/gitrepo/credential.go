package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrNoCredential is a URL that git knows no user and password for; it doesn't
// ask anybody.
var ErrNoCredential = errors.New("git has no login for it")

// Credential is a user and password that git's credential helpers gave for a
// URL. Its text leaves the password out.
type Credential struct {
	url      string
	user     string
	password string
	// answer is what git said, line by line; it is told the same afterwards.
	answer string
}

// String leaves the password out.
func (c Credential) String() string { return fmt.Sprintf("login of %q for %s", c.user, Redact(c.url)) }

// GoString leaves the password out of %#v.
func (c Credential) GoString() string { return c.String() }

// Authorization is the value of the header that carries the credential.
func (c Credential) Authorization() string { return basic(c.user, c.password) }

// Credential asks git for a login, as git credential fill does. Nobody is asked
// anything: not on a terminal, not in a window. Where the helpers know nothing
// the error is ErrNoCredential.
func (r *Repo) Credential(ctx context.Context, address string) (Credential, error) {
	question, err := credentialQuestion(address)
	if err != nil {
		return Credential{}, err
	}
	out, err := r.credential(ctx, "fill", question)
	if err != nil {
		if ctx.Err() != nil {
			return Credential{}, err
		}
		return Credential{}, fmt.Errorf("looking for a login for %q: %w (%w)", Redact(address), ErrNoCredential, err)
	}
	c := Credential{url: address, answer: out}
	for line := range strings.SplitSeq(out, "\n") {
		switch key, value, _ := strings.Cut(line, "="); key {
		case "username":
			c.user = value
		case "password":
			c.password = value
		}
	}
	if c.password == "" {
		return Credential{}, fmt.Errorf("looking for a login for %q: %w (no password)", Redact(address), ErrNoCredential)
	}
	return c, nil
}

// credentialQuestion describes a URL in git's words.
func credentialQuestion(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("looking for a login: %q is not a URL of a server", Redact(address))
	}
	lines := []string{"protocol=" + u.Scheme, "host=" + u.Host}
	if path := strings.TrimPrefix(u.Path, "/"); path != "" {
		lines = append(lines, "path="+path)
	}
	if name := u.User.Username(); name != "" {
		lines = append(lines, "username="+name)
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "\r\n\x00") { // would be a line of its own to the helper
			return "", fmt.Errorf("looking for a login: %q has a line break", Redact(address))
		}
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// Approve tells git's helpers that the credential was accepted, so that they
// keep it.
func (r *Repo) Approve(ctx context.Context, c Credential) error {
	_, err := r.credential(ctx, "approve", c.answer)
	return err
}

// Reject tells git's helpers that the credential was refused, so that they
// forget it.
func (r *Repo) Reject(ctx context.Context, c Credential) error {
	_, err := r.credential(ctx, "reject", c.answer)
	return err
}

// credential runs git credential. A helper may be a program that asks a server,
// and one that would open a window is told not to.
func (r *Repo) credential(ctx context.Context, action, input string) (string, error) {
	inv := r.invocation("credential", action)
	inv.network = true
	inv.in = strings.NewReader(strings.TrimRight(input, "\n") + "\n\n")
	inv.env = append(inv.env, "GIT_ASKPASS=", "SSH_ASKPASS=", "SSH_ASKPASS_REQUIRE=never", "GCM_INTERACTIVE=never")
	out, err := output(ctx, inv)
	return string(out), err
}
