// Package node is what runs in a test cluster's node: the programs of
// Kubernetes and Argo Workflows, their configuration, and the order in which
// they come up. [WriteConfig] is called outside, before the node is there;
// [Init] and [Supervise] are the node's first two processes.
package node

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"gantline.dev/gantline/e2e/internal/slurm"
)

// Addresses in the node's own network, the same for every cluster.
const (
	// Address is the node's.
	Address = "10.88.0.1"
	// APIAddress is the API server as pods know it: Service "kubernetes".
	APIAddress = "10.96.0.1"
	// DNSAddress is the name server as pods know it: Service "kube-dns".
	DNSAddress = "10.96.0.10"

	nodeNetwork    = Address + "/24"
	serviceNetwork = "10.96.0.0/24"
	podNetwork     = "10.244.0.0/16"
	domain         = "cluster.local"
)

// APIPort is the API server's port, at each of the node's addresses.
const APIPort = 443

// SSHPort is the port of Slurm's bastion at the node's address.
const SSHPort = slurm.Port

// Spec is what a node is made from. It is written to a file in the cluster's
// folder, for the node's processes to read.
type Spec struct {
	// Name is the cluster's; the node's host name too.
	Name string `json:"name"`
	// Folder is the cluster's, absolute.
	Folder string `json:"folder"`
	// Registry is the image registry, HOST:PORT, inside as outside.
	Registry string `json:"registry"`
	// PauseImage and ExecutorImage are references into the registry.
	PauseImage    string `json:"pauseImage"`
	ExecutorImage string `json:"executorImage"`
	// Snapshotter is containerd's way to stack an image's layers.
	Snapshotter string `json:"snapshotter"`
	// Programs are the files of the programs by name: "kubelet", "etcd", …
	Programs map[string]string `json:"programs"`
	// Argo is the folder of Argo's manifests.
	Argo string `json:"argo"`
	// CRDs is the form of Argo's: "full" or "minimal".
	CRDs string `json:"crds"`
	// Seed is the folder with etcd's first data; the node makes it where there is
	// none.
	Seed string `json:"seed"`
	// Slurm says whether Slurm runs in the node too.
	Slurm bool `json:"slurm,omitempty"`
}

func (s Spec) etc(name string) string { return filepath.Join(s.Folder, "etc", name) }

// Logs is the folder of the programs' logs.
func (s Spec) Logs() string { return filepath.Join(s.Folder, "logs") }

// AuditLog is the API server's audit log: JSON lines, one for each request.
func (s Spec) AuditLog() string { return filepath.Join(s.Logs(), "audit.log") }

// TokenKey is the private key that service accounts' tokens are signed with.
func (s Spec) TokenKey() string { return s.etc("tokens.key") }

// File is where the spec itself is.
func (s Spec) File() string { return filepath.Join(s.Folder, "node.json") }

// Save writes the spec to its file.
func (s Spec) Save() error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = os.WriteFile(s.File(), append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("writing the node's spec: %w", err)
	}
	return nil
}

// Load reads a spec that Save wrote.
func Load(file string) (Spec, error) {
	var s Spec
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return s, fmt.Errorf("reading the node's spec: %w", err)
	}
	return s, nil
}
