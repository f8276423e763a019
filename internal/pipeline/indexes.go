package pipeline

import (
	"fmt"
	"maps"
	"net/url"
	"slices"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
)

// indexes are those that the image's packages may come from, with logins: this
// machine's, and the one of gantline.yaml.
func (b *imageBuild) indexes() (wheels.Index, error) {
	index := b.Means.Index
	python := b.image.Python
	if python == nil || python.Index == "" {
		return index, nil
	}
	index.Extra = append(slices.Clone(index.Extra), python.Index)
	if python.IndexSecret == "" {
		return index, nil
	}
	login, err := b.Means.Secret(python.IndexSecret)
	if err != nil {
		return index, fmt.Errorf("logging in to the package index %s: %w", python.Index, err)
	}
	address, err := url.Parse(python.Index)
	if err != nil {
		return index, fmt.Errorf("reading the address of a package index: %w", err)
	}
	index.Logins = maps.Clone(index.Logins)
	if index.Logins == nil {
		index.Logins = map[string]wheels.Login{}
	}
	index.Logins[address.Host] = login
	return index, nil
}

// builderLogins are the logins that pip needs for the indexes, and no others: a
// builder may be another machine.
func builderLogins(index wheels.Index) []envimage.Login {
	var out []envimage.Login
	seen := map[string]bool{}
	for _, base := range slices.Concat(index.Bases, index.Extra) {
		address, err := url.Parse(base)
		if err != nil || seen[address.Host] {
			continue
		}
		seen[address.Host] = true
		if login, ok := index.Logins[address.Host]; ok {
			// A netrc file names hosts without their ports.
			out = append(out, envimage.Login{Host: address.Hostname(), User: login.User, Password: login.Password})
		}
	}
	return out
}
