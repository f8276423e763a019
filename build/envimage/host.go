package envimage

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/moby/buildkit/session/secrets/secretsprovider"
)

// Host is what only the machine that builds knows. Steps see it while they run;
// it is no part of the image and of its Key.
type Host struct {
	// CABundle are PEM certificates of authorities to trust, in place of the
	// base's: all of them, or empty.
	CABundle []byte
	// AptConf are lines of apt's configuration: a proxy, a time-out.
	AptConf []byte
	// AptSources replace the base's apt sources, in the one-line format.
	AptSources []byte
	// Env are variables for the steps: PIP_INDEX_URL, PIP_TRUSTED_HOST,
	// https_proxy and their like.
	Env map[string]string
	// Logins are user and password for the hosts of private package indexes.
	Logins []Login
}

// Login are the credentials for one host name.
type Login struct{ Host, User, Password string }

// The names of the secrets. Every step asks for all of them, as optional ones,
// so that its cache key does not depend on what a machine has.
const (
	secretCA      = "gantline-ca"
	secretEnv     = "gantline-env"
	secretNetrc   = "gantline-netrc"
	secretAptConf = "gantline-apt-conf"
	secretAptList = "gantline-apt-sources"
)

// files are the secrets' contents by name; settings that are not given are left out.
func (h Host) files() (map[string][]byte, error) {
	all := map[string][]byte{
		secretCA:      h.CABundle,
		secretEnv:     h.envFile(),
		secretNetrc:   h.netrc(),
		secretAptConf: h.AptConf,
		secretAptList: h.AptSources,
	}
	for name, data := range all {
		if len(data) == 0 {
			delete(all, name)
		}
		if len(data) > secretsprovider.MaxSecretSize {
			return nil, fmt.Errorf("handing %s to the builder: it has %d bytes, the limit is %d", name, len(data), secretsprovider.MaxSecretSize)
		}
	}
	return all, nil
}

// envFile is a shell script that exports the variables.
func (h Host) envFile() []byte {
	names := make([]string, 0, len(h.Env))
	for name := range h.Env {
		names = append(names, name)
	}
	slices.Sort(names)
	var script bytes.Buffer
	for _, name := range names {
		if match(`[A-Za-z_][A-Za-z0-9_]*`, name) {
			fmt.Fprintf(&script, "export %s='%s'\n", name, strings.ReplaceAll(h.Env[name], "'", `'\''`))
		}
	}
	return script.Bytes()
}

// netrc is the logins as pip reads them.
func (h Host) netrc() []byte {
	var file bytes.Buffer
	for _, l := range h.Logins {
		fmt.Fprintf(&file, "machine %s login %s password %s\n", l.Host, l.User, l.Password)
	}
	return file.Bytes()
}

// secrets are the texts that no log may show: passwords, alone and in URLs.
func (h Host) secrets() []string {
	var all []string
	for _, l := range h.Logins {
		all = append(all, l.Password)
	}
	for _, value := range h.Env {
		for _, field := range strings.Fields(value) {
			if u, err := url.Parse(field); err == nil && u.User != nil {
				password, _ := u.User.Password()
				all = append(all, u.User.String(), password)
			}
		}
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) < 3 })
}
