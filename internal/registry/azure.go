package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/go-containerregistry/pkg/authn"
)

// azureUser is the user name beside a refresh token of Azure Container Registry.
const azureUser = "00000000-0000-0000-0000-000000000000"

// azurePatience is how long Azure is waited for: a machine elsewhere asks for an
// identity in vain.
const azurePatience = 15 * time.Second

// azure logs in to registries of Azure with the machine's identity there.
type azure struct {
	// token is an access token of Microsoft Entra ID.
	token func(ctx context.Context) (string, error)
	// exchange is where a registry gives a refresh token for it.
	exchange func(host string) string
}

// Resolve implements authn.Keychain.
func (a azure) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return a.ResolveContext(context.Background(), target)
}

// ResolveContext implements authn.ContextKeychain. Who has no identity in Azure
// is anonymous.
func (a azure) ResolveContext(ctx context.Context, target authn.Resource) (authn.Authenticator, error) {
	host := target.RegistryStr()
	if !isAzure(host) {
		return authn.Anonymous, nil
	}
	ctx, cancel := context.WithTimeout(ctx, azurePatience)
	defer cancel()
	token, err := a.token(ctx)
	if err != nil {
		return authn.Anonymous, nil
	}
	refresh, err := exchangeToken(ctx, a.exchange(host), host, token)
	if err != nil {
		return nil, fmt.Errorf("logging in to %q with this machine's identity in Azure: %w", host, err)
	}
	return &authn.Basic{Username: azureUser, Password: refresh}, nil
}

// isAzure says whether a registry is one of Azure's, in any of its clouds.
func isAzure(host string) bool {
	for _, domain := range []string{".azurecr.io", ".azurecr.cn", ".azurecr.us"} {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}

// azureToken is this machine's access token for registries.
func azureToken(ctx context.Context) (string, error) {
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return "", err
	}
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://containerregistry.azure.net/.default"}})
	return token.Token, err
}

func exchangeAt(host string) string { return "https://" + host + "/oauth2/exchange" }

// exchangeToken has a registry give a refresh token for an access token of Entra
// ID: https://github.com/Azure/acr/blob/main/docs/AAD-OAuth.md
func exchangeToken(ctx context.Context, at, host, token string) (string, error) {
	form := url.Values{"grant_type": {"access_token"}, "service": {host}, "access_token": {token}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the registry answers %s", answer.Status)
	}
	var document struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<20)).Decode(&document); err != nil {
		return "", fmt.Errorf("reading the registry's token: %w", err)
	}
	if document.RefreshToken == "" {
		return "", fmt.Errorf("the registry gives no token")
	}
	return document.RefreshToken, nil
}
