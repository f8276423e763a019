package gitrepo

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// LFSEndpoint is where the contents of a repository's LFS pointers come from:
// a server, or another repository on this machine.
type LFSEndpoint struct {
	// URL is the server's, without credentials: the batch API is below it. It is
	// "" where Dir is set.
	URL string
	// Dir is the repository on this machine that the remote is, and Store what
	// holds its contents.
	Dir   string
	Store LFSPath
	// Setting says where the endpoint was found, for messages.
	Setting string

	user  *url.Userinfo // stood in the URL
	ssh   sshAddress    // asked for a login; the zero value is none
	login string        // the URL that git has a login for
}

// String is the endpoint as a message shows it.
func (e LFSEndpoint) String() string {
	return fmt.Sprintf("%s%s (%s)", Redact(e.URL), e.Dir, e.Setting)
}

// GoString keeps credentials out of %#v.
func (e LFSEndpoint) GoString() string { return e.String() }

// LFSEndpoint finds the endpoint that git-lfs would use: lfs.url, else the
// lfsurl of a remote, else what follows from the remote's URL. The settings of
// git come before those of .lfsconfig in the tree or commit, of which only
// those count that git-lfs takes from there; an empty treeish has none.
//
// The remote is that of the branch that is checked out, else
// remote.lfsdefault, else the only one, else origin. An error says what to set.
func (r *Repo) LFSEndpoint(ctx context.Context, treeish string) (LFSEndpoint, error) {
	settings, err := r.lfsSettings(ctx, treeish)
	if err != nil {
		return LFSEndpoint{}, fmt.Errorf("finding the LFS server: %w", err)
	}
	where, err := settings.where()
	if err != nil {
		return LFSEndpoint{}, fmt.Errorf("finding the LFS server: %w", err)
	}
	if where.dir == "" {
		return where.endpoint(), nil
	}
	store, err := storeBeside(ctx, where.dir)
	if err != nil {
		return LFSEndpoint{}, fmt.Errorf("finding the LFS contents of %q (%s): %w", where.dir, where.setting, err)
	}
	return LFSEndpoint{Dir: where.dir, Store: store, Setting: where.setting}, nil
}

// storeBeside is the LFS store of the repository in another directory, which
// git may have been told without its ".git".
func storeBeside(ctx context.Context, dir string) (LFSPath, error) {
	repo, err := Open(ctx, dir)
	if err != nil {
		var bare error
		if repo, bare = Open(ctx, dir+".git"); bare != nil {
			return nil, err
		}
	}
	defer repo.Close()
	return repo.LFSStore(ctx)
}

// lfsWhere is an endpoint as settings tell it.
type lfsWhere struct {
	url     string // http or https, without credentials
	user    *url.Userinfo
	ssh     sshAddress
	dir     string // of a repository on this machine
	setting string
	login   string
}

func (w lfsWhere) endpoint() LFSEndpoint {
	return LFSEndpoint{URL: w.url, Setting: w.setting, user: w.user, ssh: w.ssh, login: w.login}
}

// where picks the endpoint.
func (s lfsSettings) where() (lfsWhere, error) {
	if value, from, ok := s.get("lfs.url"); ok {
		where, err := s.derive(value, false)
		where.setting = from
		return s.withLogin(where, s.remote()), described(err, from)
	}
	remote := s.remote()
	for _, name := range []string{remote, "origin"} {
		where, ok, err := s.ofRemote(name)
		if ok || err != nil {
			return s.withLogin(where, name), err
		}
	}
	return lfsWhere{}, fmt.Errorf("remote %q has no URL; add it with git remote add %[1]s URL, or name the server with git config lfs.url URL", Redact(remote))
}

// ofRemote is the endpoint that a remote names or implies.
func (s lfsSettings) ofRemote(name string) (lfsWhere, bool, error) {
	if value, from, ok := s.get("remote." + name + ".lfsurl"); ok {
		where, err := s.derive(value, false)
		where.setting = from
		return where, true, described(err, from)
	}
	from := fmt.Sprintf("from the URL of remote %q", Redact(name))
	value, ok := s.ofGit("remote." + name + ".url")
	if !ok {
		// A branch may follow a URL instead of a remote that has a name.
		if !strings.Contains(name, ":") && !strings.Contains(name, "/") {
			return lfsWhere{}, false, nil
		}
		value = name
	}
	where, err := s.derive(value, true)
	where.setting = from
	return where, true, described(err, from)
}

func described(err error, setting string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w; name the server with git config lfs.url URL", setting, err)
}

// withLogin notes the URL that git may have a login for: the remote's, where it
// is on the same server.
func (s lfsSettings) withLogin(where lfsWhere, remote string) lfsWhere {
	where.login = where.url
	value, ok := s.ofGit("remote." + remote + ".url")
	if !ok {
		return where
	}
	of, err := url.Parse(s.replaced(value))
	server, err2 := url.Parse(where.url)
	if err != nil || err2 != nil || of.Scheme != server.Scheme || of.Host != server.Host {
		return where
	}
	if _, has := of.User.Password(); has && where.user == nil {
		where.user = of.User
	}
	of.RawQuery, of.Fragment = "", ""
	if name := of.User.Username(); of.User != nil {
		of.User = url.User(name) // a password in the URL isn't one to look up
	}
	where.login = of.String()
	return where
}
