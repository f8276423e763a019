package slurm

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestCrash kills a node's first process while jobs run, and starts a node in
// the same folder again.
func TestCrash(t *testing.T) {
	needsNode(t)
	dir := t.TempDir()
	n := startNode(t, dir)
	// A step on each node that no polite signal ends: what a slurmd would wait for.
	job := n.submit(t, `srun sh -c 'trap "" TERM; sleep 600; sleep 600'`,
		"--nodes=4 --ntasks-per-node=1 --gres=gpu:8 --output=/dev/null")
	n.await(t, job, `JobState=RUNNING `)
	pids, err := namespace(n.process.Process.Pid, "pid")
	if err != nil {
		t.Fatal(err)
	}
	before := strings.Join(processesIn(t, pids), "\n")
	for _, want := range []string{"munged", "slurmctld", "slurmd -D -N n4", "slurmstepd", "sshd"} {
		if !strings.Contains(before, want) {
			t.Errorf("before the crash the node's processes lack %s:\n%s", want, before)
		}
	}

	n.kill()
	if left := processesIn(t, pids); len(left) > 0 {
		t.Errorf("after the crash there are:\n%s", strings.Join(left, "\n"))
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), dir) {
		t.Errorf("after the crash the machine has mounts of the node:\n%s", mounts)
	}

	again := startNode(t, dir)
	again.must(t, "scontrol show job -o "+job)
	again.must(t, "scancel "+job)
	again.await(t, job, `JobState=CANCELLED `)
	next := again.submit(t, "true", "--nodes=4 --gres=gpu:8 --output=/dev/null")
	if atoi(t, next) <= atoi(t, job) {
		t.Errorf("the first job after the crash is %s, the last before was %s", next, job)
	}
	again.await(t, next, `JobState=COMPLETED `)
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
