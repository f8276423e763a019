package cli

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gantline.dev/gantline/build/wheels"
)

// packageIndex is the Python package indexes of this machine, as pip is told of
// them: PIP_INDEX_URL and PIP_EXTRA_INDEX_URL, with logins in the addresses or
// in a netrc file.
func (a *app) packageIndex() wheels.Index {
	index := wheels.Index{Logins: map[string]wheels.Login{}}
	first := a.Getenv("PIP_INDEX_URL")
	if first == "" {
		first = wheels.DefaultIndex
	}
	for _, address := range append([]string{first}, strings.Fields(a.Getenv("PIP_EXTRA_INDEX_URL"))...) {
		base, err := url.Parse(address)
		if err != nil {
			continue // pip would say what is wrong with it; no address that may hold a password is shown
		}
		if base.User != nil {
			password, _ := base.User.Password()
			index.Logins[base.Host] = wheels.Login{User: base.User.Username(), Password: password}
			base.User = nil
		}
		index.Bases = append(index.Bases, strings.TrimSuffix(base.String(), "/"))
	}
	for host, login := range a.netrc() {
		if _, known := index.Logins[host]; !known {
			index.Logins[host] = login
		}
	}
	return index
}

// secret is the login that a secret of gantline.yaml holds: an environment
// variable, as CI systems hand them out, with user:password, or with a token
// alone.
func (a *app) secret(name string) (wheels.Login, error) {
	variable := "GANTLINE_SECRET_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	value := strings.TrimSpace(a.Getenv(variable))
	if value == "" {
		return wheels.Login{}, fmt.Errorf("the secret %q is not set: export %s=user:password, or a token", name, variable)
	}
	user, password, ok := strings.Cut(value, ":")
	if !ok {
		return wheels.Login{User: tokenUser, Password: value}, nil
	}
	return wheels.Login{User: user, Password: password}, nil
}

// tokenUser is the name that package indexes want beside a token.
const tokenUser = "__token__"

// netrc is the logins of the user's netrc file by host.
func (a *app) netrc() map[string]wheels.Login {
	file := a.Getenv("NETRC")
	if file == "" {
		file = filepath.Join(a.Getenv("HOME"), ".netrc")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return parseNetrc(string(text))
}

// parseNetrc reads machine entries; "default" and macros are left alone.
func parseNetrc(text string) map[string]wheels.Login {
	logins := map[string]wheels.Login{}
	host := ""
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		login := logins[host]
		switch words[i] {
		case "machine":
			host = value
			i++
			continue
		case "default", "macdef":
			host = ""
			continue
		case "login":
			login.User = value
		case "password":
			login.Password = value
		default:
			continue
		}
		i++
		if host != "" {
			logins[host] = login
		}
	}
	return logins
}

// wheelsDir is where Python archives are kept by hash.
func (a *app) wheelsDir() string { return filepath.Join(a.cacheDir(), "wheels") }
