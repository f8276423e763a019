// Package registry is the image registry that Gantline brings along, and what
// Gantline shares when it talks to any registry.
//
// The embedded registry (Ensure, Serve, Stop) is distribution v3 on the loopback
// address, its content in a directory of the user's. It runs as a daemon of that
// directory, shared by all gantline processes, since a registry inside one of
// them would die under another's push. Its port is chosen once for the directory
// and kept there, because it is part of every reference that is rendered.
//
// Everybody on the machine who can open a loopback connection can read and write
// it: it has no users, as a local Docker daemon's registry has none. Deletion
// over HTTP is off. Content that no tag needs is collected offline, under the
// daemon's lock; until that exists the directory only grows.
//
// For any registry, New gives a Remote: credentials from the user's Docker
// configuration, plain HTTP for loopback hosts only, and retries of what the
// protocol lets be repeated; a pull that breaks goes on where it broke. Explain
// turns what comes back into sentences that carry no credential.
//
// New is for processes that talk to registries; NewApp is the embedded
// registry's handler alone, for tests that want a real one in-process.
package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"gantline.dev/gantline/internal/daemon"
)

// daemonName is what messages call the embedded registry.
const daemonName = "registry"

// identityPath, outside the registry's API, answers an identity.
const identityPath = "/gantline/identity"

// shutdownGrace is how long requests under way may take when the registry is
// asked to leave; an upload cut then is begun anew by its client.
const shutdownGrace = 10 * time.Second

// identity says which registry answers at an address.
type identity struct {
	Nonce string `json:"nonce"`
	Dir   string `json:"dir"`
}

// Server is the running embedded registry.
type Server struct {
	// Host is its host:port, the first part of references to its images.
	Host string
	// PID is its process.
	PID int
	// Started is when it started.
	Started time.Time
}

// Ensure returns the embedded registry of the directory, starting it where it
// does not run. Argv is the command that starts it: our own executable with the
// arguments that make it call Serve for the same directory.
func Ensure(ctx context.Context, dir string, argv []string) (Server, error) {
	info, err := daemon.Ensure(ctx, daemon.Spec{Name: daemonName, Dir: dir, Command: argv, Probe: probe})
	return Server{Host: info.Address, PID: info.PID, Started: info.Started}, err
}

// Status is the embedded registry of the directory, or daemon.ErrNotRunning.
func Status(dir string) (Server, error) {
	info, err := daemon.Status(dir)
	return Server{Host: info.Address, PID: info.PID, Started: info.Started}, err
}

// Stop ends the embedded registry of the directory, letting requests under way
// finish. One that does not run is no error.
func Stop(ctx context.Context, dir string) error { return daemon.Stop(ctx, dir) }

// Options are what the embedded registry is told at its start.
type Options struct {
	// Idle is how long it stays unused; 0 means daemon.DefaultIdle.
	Idle time.Duration
}

// Serve is the embedded registry: it takes the directory, listens, and returns
// when it was asked to leave or nobody has used it for a while. Errors and slow
// matters of the registry are written to out, a line each.
func Serve(ctx context.Context, dir string, out io.Writer, o Options) error {
	return daemon.Serve(ctx, daemon.Options{Name: daemonName, Dir: dir, Idle: o.Idle},
		func(ctx context.Context, d *daemon.Daemon) error { return serve(ctx, d, out) })
}

// serve runs with the directory's lock held.
func serve(ctx context.Context, d *daemon.Daemon, out io.Writer) error {
	if err := discardUnfinished(d.Dir()); err != nil {
		return fmt.Errorf("removing unfinished uploads: %w", err)
	}
	secret, err := loadSecret(d.Dir())
	if err != nil {
		return err
	}
	app, err := newApp(ctx, d.Dir(), secret, out)
	if err != nil {
		return err
	}
	defer app.Close()
	listener, err := listen(ctx, d.Dir())
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           onlyLoopback(identify(d, held(d, app))),
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          log.New(out, "", log.LstdFlags),
	}
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(closed)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		if server.Shutdown(grace) != nil {
			server.Close()
		}
	})
	if err := d.Ready(listener.Addr().String()); err != nil {
		listener.Close()
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the registry: %w", err)
	}
	<-closed
	return nil
}

// held keeps the daemon in use while a request is under way.
func held(d *daemon.Daemon, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer d.Hold()()
		next.ServeHTTP(w, r)
	})
}

// identify answers identityPath; asking is a use.
func identify(d *daemon.Daemon, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != identityPath {
			next.ServeHTTP(w, r)
			return
		}
		d.Touch()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(identity{Nonce: d.Nonce(), Dir: d.Dir()}) // a client that left
	})
}

// onlyLoopback refuses requests addressed to another name than this machine's:
// a web page whose name was made to resolve here must not reach the registry
// through the user's browser.
func onlyLoopback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) {
			http.Error(w, "this registry answers to loopback names only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// probe asks the registry at the address for its nonce.
func probe(ctx context.Context, info daemon.Info) error {
	who, err := askIdentity(ctx, info.Address)
	if err != nil {
		return err
	}
	if who.Nonce != info.Nonce {
		return fmt.Errorf("another registry answers at %s", info.Address)
	}
	return nil
}

// askIdentity asks who answers at the address; nothing but a registry of
// Gantline's gives an answer.
func askIdentity(ctx context.Context, address string) (identity, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+identityPath, nil)
	if err != nil {
		return identity{}, err
	}
	// Its own transport: a proxy of the environment has no business here.
	transport := &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{}).DialContext}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return identity{}, fmt.Errorf("asking %s who it is: %w", address, err)
	}
	defer response.Body.Close()
	var who identity
	if response.StatusCode != http.StatusOK {
		return identity{}, fmt.Errorf("asking %s who it is: it answers %s", address, response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&who); err != nil {
		return identity{}, fmt.Errorf("asking %s who it is: %w", address, err)
	}
	return who, nil
}

// isLoopback says whether a host, with or without port, can only be this
// machine.
func isLoopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if len(host) > 1 && host[0] == '[' {
		host = host[1 : len(host)-1]
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost"
}
