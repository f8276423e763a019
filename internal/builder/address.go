package builder

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// schemes are the ways to a daemon, as buildctl knows them.
var schemes = []string{"unix", "tcp", "ssh", "docker-container", "podman-container", "nerdctl-container", "kube-pod", "npipe"}

// checkAddress refuses what the client would read as something else, and a
// daemon that the network could give orders to.
func checkAddress(address string, t TLS) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	switch u.Scheme {
	case "unix":
		if u.Host != "" || u.Path == "" {
			return errors.New("a socket has an absolute path, as in unix:///run/buildkit/buildkitd.sock")
		}
	case "tcp":
		return checkTCP(u, t)
	case "ssh", "docker-container", "podman-container", "nerdctl-container", "kube-pod":
		if u.Hostname() == "" {
			return fmt.Errorf("it names no container, pod or machine, as in %s://NAME", u.Scheme)
		}
	case "npipe":
	default:
		return fmt.Errorf("it must begin with %s:// or %s://", strings.Join(schemes[:6], "://, "), schemes[6])
	}
	return nil
}

// checkTCP refuses a connection that is not secured. Whoever reaches such a
// daemon runs commands on its machine, the steps of a build among them.
func checkTCP(u *url.URL, t TLS) error {
	if u.Hostname() == "" || u.Port() == "" {
		return errors.New("it needs a host and a port, as in tcp://builder.example.com:1234")
	}
	if t == (TLS{}) && !isLoopback(u.Host) {
		return errors.New("over the network a daemon is spoken to with TLS only: " +
			"name the directory of ca.pem, cert.pem and key.pem in BUILDKIT_TLS_DIR, or reach the daemon by ssh://")
	}
	return t.check()
}
