package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/e2e/internal/cluster"
)

// TestNothingIsLeft: after down, and after its daemon was killed, a machine is
// as it was; after the kill but for empty cgroups, which the next start takes
// away.
func TestNothingIsLeft(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "e2e" {
		t.Skip("starts a real cluster: set GANTLINE_TEST=e2e, or run make e2e")
	}
	if os.Geteuid() != 0 {
		t.Fatal("the test cluster needs root")
	}
	u := underTest{base: t.TempDir(), name: fmt.Sprintf("left-%d", os.Getpid())}
	t.Cleanup(func() { _, _ = u.run("down") })
	before := u.look(t)

	began := time.Now()
	state := u.up(t)
	t.Logf("ready after %.1f s", time.Since(began).Seconds())
	runPod(t, state)
	if again := u.up(t); again.PID != state.PID || again.Kubeconfig != state.Kubeconfig {
		t.Errorf("up of a running cluster started it anew: %+v, then %+v", state, again)
	}
	if running := u.look(t); len(running.processes) == 0 || len(running.cgroups) == 0 {
		t.Error("the test does not see a running cluster's processes or cgroups")
	}

	u.must(t, "down")
	same(t, "down", before, u.look(t))
	if logs, err := filepath.Glob(filepath.Join(u.folder(), "logs", "kubelet.log")); err != nil || len(logs) != 1 {
		t.Errorf("the logs did not stay: %v (%v)", logs, err)
	}
	if _, err := u.run("status"); err == nil {
		t.Error("a cluster that is down has the status of a running one")
	}

	state = u.up(t)
	runPod(t, state)
	u.kill(t, state.PID)
	after := u.look(t)
	crashed := after.cgroups
	after.cgroups = nil
	same(t, "SIGKILL of the daemon", before, after)

	u.up(t)
	for _, path := range u.look(t).cgroups {
		if slices.Contains(crashed, path) {
			t.Errorf("the start after a crash left cgroup %s", path)
		}
	}
	u.must(t, "down")
	same(t, "the last down", before, u.look(t))
}

// underTest is a cluster of the test's own.
type underTest struct{ base, name string }

func (u underTest) folder() string { return filepath.Join(u.base, u.name) }

func (u underTest) look(t *testing.T) machine { return look(t, u.folder(), u.name) }

func (u underTest) run(command string, args ...string) (string, error) {
	out, err := devcluster(append([]string{command, "--dir", u.base, "--name", u.name}, args...)...).Output()
	return string(out), err
}

func (u underTest) must(t *testing.T, command string, args ...string) string {
	t.Helper()
	out, err := u.run(command, args...)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return out
}

func (u underTest) up(t *testing.T) cluster.State {
	t.Helper()
	printed := strings.TrimSpace(u.must(t, "up", "--crds", "minimal"))
	s := status(t, u.must(t, "status", "-o", "json"))
	if printed != s.Kubeconfig {
		t.Errorf("up prints %q, and the kubeconfig is %q", printed, s.Kubeconfig)
	}
	return s
}

func status(t *testing.T, text string) cluster.State {
	t.Helper()
	var s cluster.State
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if !s.Ready || !s.Running || s.PID == 0 {
		t.Fatalf("the cluster is not ready: %s", text)
	}
	return s
}

// runPod makes the node mount, link and confine something: a pod.
func runPod(t *testing.T, s cluster.State) {
	t.Helper()
	spec, err := os.ReadFile(filepath.Join(filepath.Dir(s.Kubeconfig), "node.json"))
	if err != nil {
		t.Fatal(err)
	}
	var node struct{ PauseImage string }
	if err := json.Unmarshal(spec, &node); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"run", "sleeper", "--image", node.PauseImage},
		{"wait", "pod/sleeper", "--for", "condition=Ready", "--timeout", "60s"},
	} {
		deadline := time.Now().Add(20 * time.Second)
		for {
			out, err := exec.Command(s.Kubectl, append([]string{"--kubeconfig", s.Kubeconfig}, args...)...).CombinedOutput()
			if err == nil {
				break
			}
			// The default service account comes a moment after the namespace.
			if time.Now().After(deadline) {
				t.Fatalf("kubectl %v: %v\n%s", args, err, out)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
}

// kill kills the daemon, and waits until the kernel has done the rest.
func (u underTest) kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for len(u.look(t).processes) > 0 && time.Now().Before(deadline) {
		time.Sleep(50 * time.Millisecond)
	}
}

func same(t *testing.T, after string, want, got machine) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(machine{})); diff != "" {
		t.Errorf("after %s the machine is not as it was (-before +after):\n%s", after, diff)
	}
}
