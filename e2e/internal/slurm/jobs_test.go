package slurm

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSlurm submits jobs over ssh to one node, each case its own.
func TestSlurm(t *testing.T) {
	needsNode(t)
	n := startNode(t, t.TempDir())
	cases := map[string]func(*testing.T, node){
		"nodes":          testNodes,
		"gpus and files": testGPUs,
		"gang":           testGang,
		"cancel":         testCancel,
		"requeue":        testRequeue,
		"too many nodes": testTooManyNodes,
		"failure":        testFailure,
		"preemption":     testPreemption,
		"interactive":    testInteractive,
		"bastion":        testBastion,
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) { test(t, n) })
	}
	if t.Failed() {
		logs, _ := filepath.Glob(n.dir + "/*.log")
		for _, log := range logs {
			text, _ := os.ReadFile(log)
			t.Logf("%s:\n%s", filepath.Base(log), text)
		}
	}
}

func testNodes(t *testing.T, n node) {
	got := n.must(t, "sinfo -h -N -p gpu -o '%N %G'")
	if want := "n1 gpu:8\nn2 gpu:8\nn3 gpu:8\nn4 gpu:8"; got != want {
		t.Errorf("nodes are\n%s\nwant\n%s", got, want)
	}
}

func testGPUs(t *testing.T, n node) {
	n.must(t, "mkdir -p /shared/gpus")
	job := n.submit(t, `id -un; pwd; echo "gpus $CUDA_VISIBLE_DEVICES"; squeue -h -j $SLURM_JOB_ID -o %T`,
		"--job-name=gpus --gres=gpu:8 --chdir=/shared/gantline --output=/shared/%x/%j.out")
	line := n.await(t, job, `JobState=COMPLETED `)
	if !strings.Contains(line, "gpu:8") {
		t.Errorf("the job's record has no GPUs: %s", line)
	}
	got, err := os.ReadFile(filepath.Join(n.dir, "shared/gpus", job+".out"))
	if err != nil {
		t.Fatal(err)
	}
	if want := User + "\n/shared/gantline\ngpus 0,1,2,3,4,5,6,7\nRUNNING\n"; string(got) != want {
		t.Errorf("the output is\n%s\nwant\n%s", got, want)
	}
}

func testGang(t *testing.T, n node) {
	job := n.submit(t, `exec srun sh -c 'echo $SLURMD_NODENAME $CUDA_VISIBLE_DEVICES'`,
		"--nodes=4 --ntasks-per-node=1 --gres=gpu:8 --output=/shared/gantline/gang.out")
	n.await(t, job, `JobState=COMPLETED `)
	got := n.must(t, "sort /shared/gantline/gang.out")
	var want []string
	for _, name := range nodeNames() {
		want = append(want, name+" 0,1,2,3,4,5,6,7")
	}
	if got != strings.Join(want, "\n") {
		t.Errorf("the tasks ran on\n%s", got)
	}
}

func testCancel(t *testing.T, n node) {
	job := n.submit(t, "exec sleep 600", "--output=/dev/null")
	n.await(t, job, `JobState=RUNNING `)
	n.must(t, "scancel "+job)
	n.await(t, job, `JobState=CANCELLED `)
	if out := n.must(t, "squeue -h -j "+job+" -t all -o %T"); out != "CANCELLED" {
		t.Errorf("squeue shows %q", out)
	}
}

func testRequeue(t *testing.T, n node) {
	job := n.submit(t, `echo "start ${SLURM_RESTART_COUNT:-0}"; [ -n "${SLURM_RESTART_COUNT:-}" ] || sleep 600`,
		"--requeue --open-mode=append --output=/shared/gantline/requeue.out")
	n.await(t, job, `JobState=RUNNING `)
	n.must(t, "scontrol requeue "+job)
	line := n.await(t, job, `JobState=COMPLETED `)
	if !strings.Contains(line, " Restarts=1 ") {
		t.Errorf("the job's record is %s", line)
	}
	if got := n.must(t, "cat /shared/gantline/requeue.out"); !strings.Contains(got, "start 0") || !strings.HasSuffix(got, "start 1") {
		t.Errorf("the output is %q", got)
	}
}

func testTooManyNodes(t *testing.T, n node) {
	if out, code := n.ssh(t, "#!/bin/bash\ntrue\n", "sbatch --test-only --nodes=5"); code == 0 {
		t.Errorf("five nodes of four are possible: %s", out)
	}
	job := n.submit(t, "true", "--nodes=5 --output=/dev/null")
	n.await(t, job, `JobState=PENDING Reason=PartitionNodeLimit`)
	n.must(t, "scancel "+job)
}

func testPreemption(t *testing.T, n node) {
	whole := "--nodes=4 --gres=gpu:8 --output=/dev/null --partition="
	low := n.submit(t, "exec sleep 600", whole+"lowkill")
	n.await(t, low, `JobState=RUNNING `)
	high := n.submit(t, "true", whole+"gpu")
	n.await(t, low, `JobState=PREEMPTED `)
	n.await(t, high, `JobState=COMPLETED `)
}

func testFailure(t *testing.T, n node) {
	job := n.submit(t, "exit 7", "--output=/dev/null")
	n.await(t, job, `JobState=FAILED .*ExitCode=7:0`)
}

func testInteractive(t *testing.T, n node) {
	got := n.must(t, "srun --nodes=2 --gres=gpu:1 printenv SLURMD_NODENAME | sort -u")
	if !regexp.MustCompile(`^n[1-4]\nn[1-4]$`).MatchString(got) {
		t.Errorf("srun's tasks ran on %q", got)
	}
}
