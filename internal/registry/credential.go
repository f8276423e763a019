package registry

import (
	"context"
	"fmt"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Credential is what a registry host wants; the zero Credential is anonymous.
// It is for tools that speak to registries by themselves, as BuildKit does.
type Credential struct {
	Username, Password           string
	IdentityToken, RegistryToken string
}

// Credential finds what the keychain has for a host: host or host:port.
func (r *Remote) Credential(ctx context.Context, host string) (Credential, error) {
	reg, err := name.NewRegistry(host)
	if err != nil {
		return Credential{}, fmt.Errorf("finding credentials for %q: %w", host, err)
	}
	auth, err := authn.Resolve(ctx, r.keychain, reg)
	if err != nil {
		return Credential{}, fmt.Errorf("finding credentials for %q: %w", host, err)
	}
	config, err := authn.Authorization(ctx, auth)
	if err != nil {
		return Credential{}, fmt.Errorf("reading credentials for %q: %w", host, err)
	}
	return Credential{
		Username: config.Username, Password: config.Password,
		IdentityToken: config.IdentityToken, RegistryToken: config.RegistryToken,
	}, nil
}
