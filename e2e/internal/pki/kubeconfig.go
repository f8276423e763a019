package pki

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Kubeconfig is the text of a kubeconfig file with one cluster, one user and
// one context, each called name.
type Kubeconfig struct {
	// Name is the name of cluster, user and context.
	Name string
	// Server is the API server's URL.
	Server string
	// CA is the authority of the server's certificate, in PEM.
	CA []byte
	// Namespace is the context's; "" is Kubernetes' default.
	Namespace string
	// User is the client's certificate; empty where Token is set.
	User Pair
	// Token is a bearer token.
	Token string
}

// Text is the file.
func (k Kubeconfig) Text() []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("apiVersion: v1")
	line("kind: Config")
	line("current-context: %q", k.Name)
	line("clusters:")
	line("- name: %q", k.Name)
	line("  cluster:")
	line("    server: %q", k.Server)
	line("    certificate-authority-data: %s", base64.StdEncoding.EncodeToString(k.CA))
	line("contexts:")
	line("- name: %q", k.Name)
	line("  context:")
	line("    cluster: %q", k.Name)
	line("    user: %q", k.Name)
	if k.Namespace != "" {
		line("    namespace: %q", k.Namespace)
	}
	line("users:")
	line("- name: %q", k.Name)
	line("  user:")
	if k.Token != "" {
		line("    token: %s", k.Token)
	} else {
		line("    client-certificate-data: %s", base64.StdEncoding.EncodeToString(k.User.Cert))
		line("    client-key-data: %s", base64.StdEncoding.EncodeToString(k.User.Key))
	}
	return []byte(b.String())
}
