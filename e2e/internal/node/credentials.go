package node

import (
	"fmt"
	"os"
	"path/filepath"

	"gantline.dev/gantline/e2e/internal/pki"
)

// Admin is what a cluster's administrator proves itself with.
type Admin struct {
	// CA is the cluster's authority, in PEM.
	CA []byte
	// User is the client certificate, of group system:masters.
	User pki.Pair
}

// user is a client of the API server, with the group that Kubernetes gives
// rights to where it is not the name that has them.
type user struct{ file, name, group string }

// writeCredentials makes an authority and issues every certificate and
// kubeconfig of the node from it.
func writeCredentials(s Spec) (Admin, error) {
	ca, err := pki.NewCA("gantline-" + s.Name)
	if err != nil {
		return Admin{}, err
	}
	tokens, err := pki.NewKey()
	if err != nil {
		return Admin{}, err
	}
	files := map[string][]byte{"ca.crt": ca.Cert, "tokens.key": tokens.Key}

	for name, subject := range map[string]pki.Subject{
		"apiserver": {CommonName: "kube-apiserver", Hosts: []string{
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + domain,
			"localhost", "127.0.0.1", Address, APIAddress,
		}},
		"apiserver-kubelet-client": {CommonName: "apiserver-kubelet-client"},
		"kubelet-server":           {CommonName: s.Name, Hosts: []string{s.Name, Address}},
	} {
		pair, err := ca.Issue(subject)
		if err != nil {
			return Admin{}, err
		}
		files[name+".crt"], files[name+".key"] = pair.Cert, pair.Key
	}

	for _, u := range []user{
		{"controller-manager", "system:kube-controller-manager", ""},
		{"scheduler", "system:kube-scheduler", ""},
		{"kubelet", "system:node:" + s.Name, "system:nodes"},
	} {
		pair, err := ca.Issue(u.subject())
		if err != nil {
			return Admin{}, err
		}
		files[u.file+".kubeconfig"] = pki.Kubeconfig{
			Name: s.Name, Server: serverInside(), CA: ca.Cert, User: pair,
		}.Text()
	}

	admin, err := ca.Issue(user{"", "admin", "system:masters"}.subject())
	if err != nil {
		return Admin{}, err
	}
	files["admin.crt"], files["admin.key"] = admin.Cert, admin.Key
	return Admin{ca.Cert, admin}, writeAll(s, files)
}

func (u user) subject() pki.Subject {
	subject := pki.Subject{CommonName: u.name}
	if u.group != "" {
		subject.Groups = []string{u.group}
	}
	return subject
}

// loadAdmin reads what writeCredentials wrote.
func loadAdmin(s Spec) (Admin, error) {
	var read [3][]byte
	for i, name := range []string{"ca.crt", "admin.crt", "admin.key"} {
		data, err := os.ReadFile(s.etc(name))
		if err != nil {
			return Admin{}, fmt.Errorf("reading the node's credentials: %w", err)
		}
		read[i] = data
	}
	return Admin{CA: read[0], User: pki.Pair{Cert: read[1], Key: read[2]}}, nil
}

func serverInside() string { return fmt.Sprintf("https://%s:%d", APIAddress, APIPort) }

func writeAll(s Spec, files map[string][]byte) error {
	for name, content := range files {
		path := s.etc(name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("writing the node's configuration: %w", err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return fmt.Errorf("writing the node's configuration: %w", err)
		}
	}
	return nil
}
