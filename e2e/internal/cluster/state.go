package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"gantline.dev/gantline/e2e/internal/sandbox"
)

// State is what is known of a cluster; `devcluster status -o json` prints it.
type State struct {
	// Name is the cluster's.
	Name string `json:"name"`
	// Running says whether its daemon is alive, Ready whether all of it works.
	Running bool `json:"running"`
	Ready   bool `json:"ready"`
	// Error is why it is not ready and will not be.
	Error string `json:"error,omitempty"`
	// PID is the daemon's, Since when it began.
	PID   int       `json:"pid,omitempty"`
	Since time.Time `json:"since,omitzero"`
	// APIServer is its URL on the machine.
	APIServer string `json:"apiServer,omitempty"`
	// Registry is the image registry, HOST:PORT, the same on the machine and in
	// the cluster.
	Registry string `json:"registry,omitempty"`
	// Kubeconfig is the administrator's file.
	Kubeconfig string `json:"kubeconfig,omitempty"`
	// Kubectl is a kubectl of the cluster's version.
	Kubectl string `json:"kubectl,omitempty"`
	// TokenKey is the private key that service accounts' tokens are signed with.
	TokenKey string `json:"tokenKey,omitempty"`
	// CRDs is the form of Argo's definitions, full or minimal.
	CRDs string `json:"crds,omitempty"`
	// Argo and Kubernetes are their versions.
	Argo       string `json:"argo,omitempty"`
	Kubernetes string `json:"kubernetes,omitempty"`
	// SSH is Slurm's bastion, where there is Slurm.
	SSH *SSH `json:"ssh,omitempty"`
	// Logs is the folder of the logs, AuditLog the API server's audit log in it.
	Logs     string `json:"logs"`
	AuditLog string `json:"auditLog"`

	// Cgroups are what a crash would leave.
	Cgroups sandbox.Cgroups `json:"-"`
}

// SSH is how to reach Slurm's bastion.
type SSH struct {
	// Host and Port are on the machine.
	Host string `json:"host"`
	Port int    `json:"port"`
	// Inside is HOST:PORT for pods.
	Inside string `json:"inside"`
	// User is the account, Identity its private key's file, KnownHosts the file
	// with the bastion's key.
	User       string `json:"user"`
	Identity   string `json:"identity"`
	KnownHosts string `json:"knownHosts"`
}

// stored is the state file: the state, and what is nobody's business.
type stored struct {
	State
	Cgroups sandbox.Cgroups `json:"cgroups"`
}

// Read tells how the cluster is; one that was never started is not running.
func Read(f Folder) (State, error) {
	running, err := f.alive()
	if err != nil {
		return State{}, err
	}
	state, err := f.load()
	if err != nil {
		return State{}, err
	}
	state.Running = running
	state.Ready = running && state.Ready
	return state, nil
}

func (f Folder) load() (State, error) {
	s := stored{State: State{Name: f.Name(), Logs: f.Logs(), AuditLog: f.Logs() + "/audit.log"}}
	data, err := os.ReadFile(f.join(stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return s.State, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return State{}, fmt.Errorf("reading the cluster's state: %w", err)
	}
	s.State.Cgroups = s.Cgroups
	return s.State, nil
}

// save writes the state as a whole: readers see the old one or the new one.
func (f Folder) save(s State) error {
	data, err := json.MarshalIndent(stored{s, s.Cgroups}, "", "  ")
	if err == nil {
		err = os.WriteFile(f.join(stateName+".new"), append(data, '\n'), 0o644)
	}
	if err == nil {
		err = os.Rename(f.join(stateName+".new"), f.join(stateName))
	}
	if err != nil {
		return fmt.Errorf("writing the cluster's state: %w", err)
	}
	return nil
}
