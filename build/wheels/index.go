package wheels

import (
	"net/http"
)

// DefaultIndex is the simple API of PyPI.
const DefaultIndex = "https://pypi.org/simple"

// Login is a user and password for a host.
type Login struct{ User, Password string }

// Index asks package indexes (PEP 503, PEP 691) which files they have.
type Index struct {
	// Bases are the indexes asked for each package, all of them; none is
	// DefaultIndex.
	Bases []string
	// Client is what asks; nil is http.DefaultClient.
	Client *http.Client
	// Logins are by host as it stands in the address, with its port where one
	// is written: "pypi.example.com".
	Logins map[string]Login
}
