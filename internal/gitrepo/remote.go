package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// RemoteURL is the URL of a remote as a label may show it, without
// credentials; "" where there is no such remote.
func (r *Repo) RemoteURL(ctx context.Context, remote string) (string, error) {
	raw, err := r.line(ctx, "config", "--get", "remote."+remote+".url")
	if exitCode(err) == 1 {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the URL of remote %q: %w", remote, err)
	}
	return publicURL(raw), nil
}

// Remotes are the names of the remotes, sorted.
func (r *Repo) Remotes(ctx context.Context) ([]string, error) {
	out, err := r.git(ctx, "remote")
	if err != nil {
		return nil, fmt.Errorf("listing remotes: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// publicURL drops user, password, query and fragment of a URL. What isn't a
// URL, a path or git@host:path, holds no secret and stays.
func publicURL(raw string) string {
	if !strings.Contains(raw, "://") {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		// What makes it none may be in the password.
		scheme, rest, _ := strings.Cut(raw, "://")
		return Redact(scheme + "://" + rest[strings.LastIndex(rest, "@")+1:])
	}
	u.RawQuery, u.Fragment = "", ""
	if u.User != nil {
		if _, secret := u.User.Password(); secret || u.Scheme != "ssh" {
			u.User = nil
		}
	}
	return u.String()
}

// DefaultBranch is the branch that a remote's HEAD points to, as far as this
// clone knows; "" where it doesn't.
func (r *Repo) DefaultBranch(ctx context.Context, remote string) (string, error) {
	prefix := "refs/remotes/" + remote + "/"
	name, err := r.line(ctx, "symbolic-ref", "--quiet", prefix+"HEAD")
	if exitCode(err) == 1 {
		return "", nil
	}
	return strings.TrimPrefix(name, prefix), err
}

// RemoteRef asks the remote for the hash of one full ref name, "" where it has
// no such ref.
func (r *Repo) RemoteRef(ctx context.Context, remote, ref string) (string, error) {
	if err := checkRemote(remote, ref); err != nil {
		return "", err
	}
	inv := r.invocation("ls-remote", "--quiet", "--end-of-options", remote, ref)
	inv.network = true
	out, err := output(ctx, inv)
	if err != nil {
		return "", fmt.Errorf("asking remote %q for %q: %w", Redact(remote), ref, err)
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		// The remote matches the end of names: refs/x/refs/heads/a too.
		if hash, name, _ := strings.Cut(line, "\t"); name == ref {
			return hash, nil
		}
	}
	return "", nil
}

// FetchRef brings the history of a remote's ref and returns its hash, "" where
// the remote has no such ref. No ref of this repository moves.
func (r *Repo) FetchRef(ctx context.Context, remote, ref string) (string, error) {
	hash, err := r.RemoteRef(ctx, remote, ref)
	if err != nil || hash == "" {
		return "", err
	}
	inv := r.invocation("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=",
		"--recurse-submodules=no", "--end-of-options", remote, ref)
	inv.network = true
	if _, err := output(ctx, inv); err != nil {
		return "", fmt.Errorf("fetching %q from remote %q: %w", ref, Redact(remote), err)
	}
	return hash, nil
}

// PushError is a push that the remote itself turned down, a protected branch
// for instance.
type PushError struct {
	Remote, Ref string
	// Reason is the remote's.
	Reason string
}

// Error implements error.
func (e *PushError) Error() string {
	return fmt.Sprintf("pushing %q to remote %q: the remote refused: %s", e.Ref, e.Remote, e.Reason)
}

// Push sets a remote's ref to a commit of this repository, provided that it
// stands at oldHash there ("": that it doesn't exist). Where it stands
// elsewhere the error is ErrLeaseRejected, where the remote refuses it is a
// PushError; a host that can't be reached or a login that fails is a GitError.
// An empty newHash deletes the ref.
func (r *Repo) Push(ctx context.Context, remote, ref, newHash, oldHash string) error {
	if err := checkRemote(remote, ref); err != nil {
		return err
	}
	inv := r.invocation("push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no",
		"--force-with-lease="+ref+":"+oldHash, "--end-of-options", remote, newHash+":"+ref)
	inv.network = true
	out, err := output(ctx, inv)
	if err == nil {
		return nil
	}
	return pushFailure(Redact(remote), ref, string(out), err)
}

// pushFailure reads the porcelain line of a ref that was not pushed:
// "!\t<from>:<to>\t[rejected] (stale info)".
func pushFailure(remote, ref, report string, err error) error {
	for line := range strings.SplitSeq(report, "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) != 3 || fields[0] != "!" {
			continue
		}
		summary, reason, _ := strings.Cut(fields[2], "(")
		reason = strings.TrimSuffix(reason, ")")
		if strings.HasPrefix(summary, "[rejected]") || lostRace(reason, err) {
			return fmt.Errorf("pushing %q to remote %q: %w", ref, remote, errors.Join(ErrLeaseRejected, errors.New(reason)))
		}
		return &PushError{Remote: remote, Ref: ref, Reason: Redact(reason)}
	}
	return fmt.Errorf("pushing %q to remote %q: %w", ref, remote, err)
}

// lostRace says whether the ref moved while the push was under way: the
// remote, not the lease, then refuses it, each host in its own words.
func lostRace(reason string, err error) bool {
	for _, words := range []string{"cannot lock ref", "reference already exists", "incorrect old value", "but expected"} {
		if strings.Contains(reason, words) || strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

func checkRemote(remote, ref string) error {
	if remote == "" || strings.HasPrefix(remote, "-") {
		return fmt.Errorf("remote %q is neither the name of a remote nor a URL", Redact(remote))
	}
	return checkRef(ref)
}
