package registry

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// alone is a machine whose Docker configuration is empty and that no cloud knows.
func alone(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"GITHUB_TOKEN", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS"} {
		t.Setenv(name, "")
	}
	for name, value := range map[string]string{
		"HOME": home, "DOCKER_CONFIG": home, "PATH": home,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_ECR_DISABLE_CACHE": "true", "GCE_METADATA_HOST": "127.0.0.1:1",
	} {
		t.Setenv(name, value)
	}
}

// login is what the keychain has for a host.
func login(t *testing.T, keychain authn.Keychain, host string) authn.AuthConfig {
	t.Helper()
	registry, err := name.NewRegistry(host)
	if err != nil {
		t.Fatal(err)
	}
	auth, err := authn.Resolve(t.Context(), keychain, registry)
	if err != nil {
		t.Fatal(err)
	}
	config, err := authn.Authorization(t.Context(), auth)
	if err != nil {
		t.Fatal(err)
	}
	return *config
}

func TestGitHubToken(t *testing.T) {
	alone(t)
	t.Setenv("GITHUB_TOKEN", "of-the-job")
	t.Setenv("GITHUB_ACTOR", "me")
	if got := login(t, everywhere(), "ghcr.io"); got.Password != "of-the-job" {
		t.Errorf("ghcr.io: %+v", got)
	}
	for _, host := range []string{"registry.example.com", "127.0.0.1:5000"} {
		if got := login(t, everywhere(), host); got != (authn.AuthConfig{}) {
			t.Errorf("%s is given %+v", host, got)
		}
	}
	// What the user's Docker configuration says comes first.
	text := fmt.Sprintf(`{"auths": {"ghcr.io": {"auth": %q}}}`, base64.StdEncoding.EncodeToString([]byte("docker:login")))
	if err := os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := login(t, everywhere(), "ghcr.io"); got.Username != "docker" || got.Password != "login" {
		t.Errorf("ghcr.io with a Docker login: %+v", got)
	}
}

// ECR gives a token for a request that the machine's key signed.
func TestAmazonECR(t *testing.T) {
	alone(t)
	asked := 0
	ecr := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if got := r.Header.Get("X-Amz-Target"); !strings.HasSuffix(got, ".GetAuthorizationToken") {
			t.Errorf("asked for %q", got)
		}
		if got := r.Header.Get("Authorization"); !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") || !strings.Contains(got, "/eu-west-1/ecr/aws4_request") {
			t.Errorf("signed as %q", got)
		}
		token := base64.StdEncoding.EncodeToString([]byte("AWS:from-ecr"))
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		fmt.Fprintf(w, `{"authorizationData":[{"authorizationToken":%q,"expiresAt":%d,"proxyEndpoint":"https://123456789012.dkr.ecr.eu-west-1.amazonaws.com"}]}`,
			token, time.Now().Add(time.Hour).Unix())
	}))
	defer ecr.Close()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-machine")
	t.Setenv("AWS_ENDPOINT_URL_ECR", ecr.URL)
	got := login(t, everywhere(), "123456789012.dkr.ecr.eu-west-1.amazonaws.com")
	if diff := cmp.Diff(authn.AuthConfig{Username: "AWS", Password: "from-ecr"}, got); diff != "" || asked != 1 {
		t.Errorf("asked %d times (-want +got):\n%s", asked, diff)
	}
	if got := login(t, everywhere(), "registry.example.com"); got != (authn.AuthConfig{}) || asked != 1 {
		t.Errorf("another registry: %+v, asked %d times", got, asked)
	}
}

// Google gives an access token for what the service account's key signed.
func TestGoogleServiceAccount(t *testing.T) {
	alone(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	google := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || strings.Count(r.FormValue("assertion"), ".") != 2 {
			t.Errorf("asked with %v", r.Form)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "from-google", "token_type": "Bearer", "expires_in": 3600}`)
	}))
	defer google.Close()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	account, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "ci@example.iam.gserviceaccount.com", "private_key_id": "1", "token_uri": google.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(file, account, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	if got := login(t, everywhere(), "europe-docker.pkg.dev"); got.Password != "from-google" {
		t.Errorf("europe-docker.pkg.dev: %+v", got)
	}
}

// A registry of Azure gives a refresh token for the machine's access token.
func TestAzureExchange(t *testing.T) {
	refuse := false
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := "access_token team.azurecr.io from-entra"
		if got := strings.Join([]string{r.FormValue("grant_type"), r.FormValue("service"), r.FormValue("access_token")}, " "); got != want || r.URL.Path != "/oauth2/exchange" {
			t.Errorf("%s asked with %q, want %q", r.URL.Path, got, want)
		}
		if refuse {
			http.Error(w, "from-entra is not welcome", http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"refresh_token": "from-registry"}`)
	}))
	defer registry.Close()
	keychain := azure{
		token:    func(context.Context) (string, error) { return "from-entra", nil },
		exchange: func(string) string { return registry.URL + "/oauth2/exchange" },
	}
	if got := login(t, keychain, "team.azurecr.io"); got.Username != azureUser || got.Password != "from-registry" {
		t.Errorf("team.azurecr.io: %+v", got)
	}
	if got := exchangeAt("team.azurecr.io"); got != "https://team.azurecr.io/oauth2/exchange" {
		t.Errorf("asked at %s", got)
	}
	refuse = true
	target, err := name.NewRegistry("team.azurecr.io")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keychain.Resolve(target); err == nil || strings.Contains(err.Error(), "from-entra") {
		t.Errorf("refused: %v", err)
	}
	keychain.token = func(context.Context) (string, error) { return "", errors.New("no identity") }
	for _, host := range []string{"team.azurecr.io", "azurecr.io.example.com", "registry.example.com"} {
		if got := login(t, keychain, host); got != (authn.AuthConfig{}) {
			t.Errorf("%s is given %+v", host, got)
		}
	}
}
