package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// credentials are what a kubeconfig of a case is made of.
type credentials struct {
	// Server is the API server's address, CA its certificate's authority in
	// base64.
	Server, CA string
	// Tokens by context.
	Tokens map[string]string
}

// write makes a kubeconfig with a context for each token.
func (c credentials) write(path string) error {
	type named map[string]any
	var users, contexts []named
	for name, token := range c.Tokens {
		users = append(users, named{"name": name, "user": named{"token": token}})
		contexts = append(contexts, named{"name": name, "context": named{"cluster": "e2e", "user": name}})
	}
	raw, err := json.Marshal(named{
		"apiVersion": "v1", "kind": "Config",
		"clusters": []named{{"name": "e2e", "cluster": named{"server": c.Server, "certificate-authority-data": c.CA}}},
		"users":    users, "contexts": contexts,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// endpoint reads where the administrator's kubeconfig leads to.
func (c *cluster) endpoint() (credentials, error) {
	out, err := c.kubectl("config", "view", "--raw", "--minify", "-o", "json")
	if err != nil {
		return credentials{}, err
	}
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server string `json:"server"`
				CA     string `json:"certificate-authority-data"`
			} `json:"cluster"`
		} `json:"clusters"`
	}
	if err := json.Unmarshal([]byte(out), &config); err != nil || len(config.Clusters) != 1 {
		return credentials{}, fmt.Errorf("reading the administrator's kubeconfig: %d clusters: %w", len(config.Clusters), err)
	}
	found := config.Clusters[0].Cluster
	return credentials{Server: found.Server, CA: found.CA}, nil
}

// token is a fresh token of a service account.
func (c *cluster) token(namespace, account string) (string, error) {
	out, err := c.kubectl("create", "token", account, "--namespace", namespace, "--duration", "1h")
	return strings.TrimSpace(out), err
}
