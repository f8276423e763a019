package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// cluster is a running devcluster and what tests know of it.
type cluster struct {
	crds        string // full or minimal
	kubeconfig  string // the administrator's
	kubectlPath string
	registry    string   // host:port that the machine pushes to and nodes pull from
	audit       string   // the API server's audit log
	signingKey  string   // what service accounts' tokens are signed with
	variables   []string // what cases are told besides: $SSH and $BASTION, where there is Slurm
}

// devclusters is where the tests keep their clusters, and the program.
type devclusters struct{ program, base string }

func findDevclusters(t *testing.T) devclusters {
	t.Helper()
	program, err := filepath.Abs("../bin/devcluster")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v: make e2e builds it", err)
	}
	caches, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return devclusters{program, filepath.Join(caches, "gantline-e2e", "clusters")}
}

func (d devclusters) run(verb, name string, args ...string) (string, error) {
	return command("", nil, d.program, append([]string{verb, "--dir", d.base, "--name", name}, args...)...)
}

// startCluster brings up a devcluster of this process's own, and takes it down
// with the test. Where a case failed, all logs stay, and their folder is named.
func startCluster(t *testing.T, crds string, args ...string) *cluster {
	t.Helper()
	d := findDevclusters(t)
	d.sweep(t)
	name := "e2e-" + crds + "-" + strconv.Itoa(os.Getpid())
	var c *cluster
	t.Cleanup(func() {
		if t.Failed() && c != nil {
			c.keepObjects(t, filepath.Join(d.base, name, "logs"))
		}
		if _, err := d.run("down", name); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the logs of every component of the cluster are in %s", filepath.Join(d.base, name, "logs"))
		} else if err := os.RemoveAll(filepath.Join(d.base, name)); err != nil {
			t.Error(err)
		}
	})
	if _, err := d.run("up", name, append([]string{"--crds", crds}, args...)...); err != nil {
		t.Fatal(err)
	}
	out, err := d.run("status", name, "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	if c, err = clusterFrom([]byte(out)); err != nil {
		t.Fatal(err)
	}
	return c
}

// clusterFrom reads what `devcluster status -o json` says.
func clusterFrom(status []byte) (*cluster, error) {
	var state struct {
		Registry, Kubeconfig, Kubectl, TokenKey, CRDs, AuditLog string
		SSH                                                     *struct {
			Host, Inside, User, Identity, KnownHosts string
			Port                                     int
		}
	}
	if err := json.Unmarshal(status, &state); err != nil {
		return nil, fmt.Errorf("reading the status of a cluster: %w", err)
	}
	c := &cluster{
		crds: state.CRDs, kubeconfig: state.Kubeconfig, kubectlPath: state.Kubectl,
		registry: state.Registry, audit: state.AuditLog, signingKey: state.TokenKey,
	}
	if s := state.SSH; s != nil {
		c.variables = append(c.variables, "BASTION="+s.Inside, fmt.Sprintf(
			"SSH=ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o UserKnownHostsFile=%s -i %s -p %d %s@%s",
			s.KnownHosts, s.Identity, s.Port, s.User, s.Host))
	}
	return c, nil
}

// sweep takes down clusters of test processes that were killed, and removes the
// logs of all that are gone.
func (d devclusters) sweep(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(d.base)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name()[strings.LastIndex(entry.Name(), "-")+1:])
		if err != nil || pid == os.Getpid() || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		if _, err := d.run("down", entry.Name()); err != nil {
			t.Log(err)
			continue
		}
		if err := os.RemoveAll(filepath.Join(d.base, entry.Name())); err != nil {
			t.Log(err)
		}
	}
}

// keepObjects writes what the cases left in the cluster beside its logs.
func (c *cluster) keepObjects(t *testing.T, dir string) {
	t.Helper()
	for name, args := range map[string][]string{
		"objects.yaml": {"get", "workflowtemplates,cronworkflows,workflows,pods,configmaps,leases,events", "--all-namespaces", "-o", "yaml"},
		"pods.log":     {"logs", "--all-namespaces", "--selector", "gantline.dev/project", "--all-containers", "--prefix", "--tail", "-1", "--max-log-requests", "100"},
	} {
		out, err := c.kubectl(args...)
		if err != nil {
			out += err.Error()
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(out), 0o644); err != nil {
			t.Log(err)
		}
	}
}

// kubectl is the administrator's.
func (c *cluster) kubectl(args ...string) (string, error) {
	return command("", nil, c.kubectlPath, append([]string{"--kubeconfig", c.kubeconfig}, args...)...)
}

// apply gives the API server a text of objects, as an administrator does.
func (c *cluster) apply(text string) error {
	cmd := exec.Command(c.kubectlPath, "--kubeconfig", c.kubeconfig, "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("applying the bootstrap: %w\n%s", err, out)
	}
	return nil
}
