package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	slurm       []string // variables for cases
}

// startCluster brings up a devcluster of this process's own, and takes it down
// with the test. Where a case failed, its logs are kept before that.
func startCluster(t *testing.T, crds string, args ...string) *cluster {
	t.Helper()
	t.Fatal("not yet")
	return nil
}

// kubectl is the administrator's.
func (c *cluster) kubectl(args ...string) (string, error) {
	return command("", nil, c.kubectlPath, append([]string{"--kubeconfig", c.kubeconfig}, args...)...)
}

func (c *cluster) mustKubectl(t *testing.T, args ...string) {
	t.Helper()
	if _, err := c.kubectl(args...); err != nil {
		t.Fatal(err)
	}
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

var _ = filepath.Join
var _ = os.Stat
