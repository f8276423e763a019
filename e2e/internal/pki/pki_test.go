package pki_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	"sigs.k8s.io/yaml"

	"gantline.dev/gantline/e2e/internal/pki"
)

// TestIssue lets a client and a server prove themselves to each other as the
// API server and its clients do.
func TestIssue(t *testing.T) {
	ca, err := pki.NewCA("test")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca.Cert) {
		t.Fatal("the authority's certificate is none")
	}
	certificate := func(subject pki.Subject) tls.Certificate {
		pair, err := ca.Issue(subject)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := tls.X509KeyPair(pair.Cert, pair.Key)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}

	var user, group string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		subject := r.TLS.PeerCertificates[0].Subject
		user, group = subject.CommonName, subject.Organization[0]
	}))
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate(pki.Subject{CommonName: "server", Hosts: []string{"127.0.0.1", "api.test"}})},
		ClientCAs:    pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
	server.StartTLS()
	defer server.Close()

	get := func(name string, client tls.Certificate) error {
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: pool, Certificates: []tls.Certificate{client}, ServerName: name,
		}}}
		response, err := c.Get(server.URL)
		if err == nil {
			response.Body.Close()
		}
		return err
	}
	client := certificate(pki.Subject{CommonName: "system:node:n", Groups: []string{"system:nodes"}})
	for _, name := range []string{"", "api.test"} {
		if err := get(name, client); err != nil {
			t.Errorf("as %q: %v", name, err)
		}
	}
	if user != "system:node:n" || group != "system:nodes" {
		t.Errorf("the server saw %q of %q", user, group)
	}
	if err := get("other.test", client); err == nil {
		t.Error("the server proved a name that is not its own")
	}
	if parsed, err := x509.ParseCertificate(client.Certificate[0]); err != nil || len(parsed.ExtKeyUsage) != 1 {
		t.Errorf("a client's certificate serves servers too: %v (%v)", parsed.ExtKeyUsage, err)
	}
}

func TestKubeconfig(t *testing.T) {
	for name, c := range map[string]struct {
		config pki.Kubeconfig
		want   map[string]any
	}{
		"certificate": {
			pki.Kubeconfig{Name: "n", Server: "https://1.2.3.4:5", CA: []byte("ca"), User: pki.Pair{Cert: []byte("c"), Key: []byte("k")}},
			map[string]any{"client-certificate-data": "Yw==", "client-key-data": "aw=="},
		},
		"token": {
			pki.Kubeconfig{Name: "n", Server: "https://1.2.3.4:5", CA: []byte("ca"), Namespace: "ns", Token: "t"},
			map[string]any{"token": "t"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got struct {
				Current  string `json:"current-context"`
				Contexts []struct {
					Name    string
					Context struct{ Cluster, User, Namespace string }
				}
				Clusters []struct {
					Name    string
					Cluster map[string]string
				}
				Users []struct {
					Name string
					User map[string]any
				}
			}
			if err := yaml.Unmarshal(c.config.Text(), &got); err != nil {
				t.Fatal(err)
			}
			context := got.Contexts[0]
			if got.Current != "n" || context.Name != "n" || context.Context.Namespace != c.config.Namespace ||
				context.Context.Cluster != got.Clusters[0].Name || context.Context.User != got.Users[0].Name {
				t.Errorf("the context does not lead to cluster and user: %+v", got)
			}
			if cluster := got.Clusters[0].Cluster; cluster["server"] != c.config.Server || cluster["certificate-authority-data"] != "Y2E=" {
				t.Errorf("the cluster is %v", cluster)
			}
			user := got.Users[0].User
			for key, value := range c.want {
				if user[key] != value {
					t.Errorf("%s is %v, want %v", key, user[key], value)
				}
			}
			if len(user) != len(c.want) {
				t.Errorf("the user is %v, want %v", user, c.want)
			}
		})
	}
}
