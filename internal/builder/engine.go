package builder

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"os"

	"github.com/docker/cli/cli/connhelper/commandconn"
)

// Docker is where a Docker engine may answer.
type Docker struct {
	// Host is as in DOCKER_HOST: unix://PATH, tcp://HOST:PORT or
	// ssh://[USER@]HOST; "" means that no engine is looked at.
	Host string
	// TLS is for tcp://.
	TLS TLS
}

// engine is a Docker engine that can be dialled.
type engine struct {
	// name is what messages call it.
	name string
	// socket is its path where it is on this machine.
	socket string
	// remote says that it may run on another machine.
	remote bool
	dial   func(ctx context.Context) (net.Conn, error)
}

// engine reads the address.
func (d Docker) engine() (engine, error) {
	u, err := url.Parse(d.Host)
	if err != nil {
		return engine{}, err
	}
	switch u.Scheme {
	case "unix":
		dial := func(ctx context.Context) (net.Conn, error) { return dialUnix(ctx, u.Path) }
		return engine{name: u.Path, socket: u.Path, dial: dial}, nil
	case "tcp":
		return d.overTCP(u)
	case "ssh":
		return engine{name: d.Host, remote: true, dial: func(context.Context) (net.Conn, error) { return dialSSH(u) }}, nil
	}
	return engine{}, fmt.Errorf("it is reached at unix://, tcp:// and ssh:// only")
}

// overTCP is an engine behind a port, with TLS where files for it are named:
// what Docker's own client does.
func (d Docker) overTCP(u *url.URL) (engine, error) {
	if err := d.TLS.check(); err != nil {
		return engine{}, err
	}
	e := engine{name: d.Host, remote: !isLoopback(u.Host)}
	e.dial = func(ctx context.Context) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "tcp", u.Host)
	}
	if d.TLS == (TLS{}) {
		return e, nil
	}
	config, err := d.TLS.config(u.Hostname())
	if err != nil {
		return engine{}, err
	}
	e.dial = func(ctx context.Context) (net.Conn, error) {
		return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", u.Host)
	}
	return e, nil
}

// dialSSH has the docker program of the machine pass bytes on, as Docker's own
// client does. The connection outlives the context of the dialling.
func dialSSH(u *url.URL) (net.Conn, error) {
	args := []string{"-o", "ConnectTimeout=10"}
	if u.User != nil {
		args = append(args, "-l", u.User.Username())
	}
	if port := u.Port(); port != "" {
		args = append(args, "-p", port)
	}
	args = append(args, "--", u.Hostname(), "docker", "system", "dial-stdio")
	return commandconn.New(context.Background(), "ssh", args...)
}

// isAbsent says whether the engine's socket is not there.
func (e engine) isAbsent() bool {
	if e.socket == "" {
		return false
	}
	_, err := os.Stat(e.socket)
	return err != nil
}

func dialUnix(ctx context.Context, socket string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "unix", socket)
}
