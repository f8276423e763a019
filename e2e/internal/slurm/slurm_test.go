package slurm

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// node is a running node of the test's own.
type node struct {
	dir     string
	process *exec.Cmd
	access  Access
}

// startNode starts a node whose files are in dir, and waits until it is ready.
// It ends with the test, and with the test's process.
func startNode(t *testing.T, dir string) node {
	t.Helper()
	// The kernel kills the node when the thread that started it ends.
	runtime.LockOSThread()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), nodeEnv+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := node{dir: dir, process: cmd}
	t.Cleanup(n.kill)
	reader := bufio.NewReader(out)
	line, err := reader.ReadString('\n')
	if strings.TrimSpace(line) != readyLine {
		rest, _ := io.ReadAll(reader)
		t.Fatalf("the node does not start: %v: %s%s", err, line, rest)
	}
	t.Logf("Slurm ready after %v", time.Since(begin).Round(time.Millisecond))

	o := testOptions(dir)
	port := forward(t, cmd.Process.Pid, nodeEndpoint(o))
	n.access, err = Bastion(o, port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// kill ends the node as a crash would.
func (n node) kill() {
	if n.process.ProcessState == nil {
		_ = n.process.Process.Kill()
		_ = n.process.Wait()
	}
}

// ssh runs a command line on the bastion from the machine, and gives its output
// and exit code.
func (n node) ssh(t *testing.T, stdin, command string) (string, int) {
	t.Helper()
	return runCommand(t, stdin, n.access.SSH(n.access.Endpoints[1], command)...)
}

// must is ssh for a command that succeeds.
func (n node) must(t *testing.T, command string) string {
	t.Helper()
	out, code := n.ssh(t, "", command)
	if code != 0 {
		t.Fatalf("%s: exit code %d: %s", command, code, out)
	}
	return out
}

// submit submits a batch script, and gives the job's id.
func (n node) submit(t *testing.T, script string, flags ...string) string {
	t.Helper()
	out, code := n.ssh(t, "#!/bin/bash\n"+script, "sbatch --parsable "+strings.Join(flags, " "))
	if code != 0 || !regexp.MustCompile(`^\d+$`).MatchString(out) {
		t.Fatalf("sbatch: exit code %d: %s", code, out)
	}
	return out
}

// await waits until scontrol's line about a job matches.
func (n node) await(t *testing.T, job, pattern string) string {
	t.Helper()
	var line string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		line = n.must(t, "scontrol show job -o "+job)
		if regexp.MustCompile(pattern).MatchString(line) {
			return line
		}
	}
	t.Fatalf("job %s has not become %q: %s", job, pattern, line)
	return ""
}

func runCommand(t *testing.T, stdin string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("running %q: %v", args[0], err)
	}
	return strings.TrimSpace(out.String()), cmd.ProcessState.ExitCode()
}

func needsNode(t *testing.T) {
	t.Helper()
	if os.Getenv("GANTLINE_TEST") != "e2e" {
		t.Skip("starts a real Slurm: set GANTLINE_TEST=e2e")
	}
	if os.Geteuid() != 0 {
		t.Skip("starts a real Slurm in namespaces: needs root")
	}
	if err := checkPackages(Missing()); err != nil {
		t.Fatal(err)
	}
}

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
	if !strings.Contains(line, "gres/gpu=8") && !strings.Contains(line, "TresPerNode=gres:gpu:8") {
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

func testFailure(t *testing.T, n node) {
	job := n.submit(t, "exit 7", "--output=/dev/null")
	n.await(t, job, `JobState=FAILED .*ExitCode=7:0`)
}

func testInteractive(t *testing.T, n node) {
	if got := n.must(t, "srun --nodes=2 --gres=gpu:1 printenv SLURMD_NODENAME | sort"); got != "n1\nn2" && len(strings.Fields(got)) != 2 {
		t.Errorf("srun's tasks ran on %q", got)
	}
}

func testBastion(t *testing.T, n node) {
	if got := n.must(t, "printenv SLURM_CONF HOME && munge -n | unmunge | grep -c STATUS"); got != "/etc/slurm/slurm.conf\n"+home+"\n1" {
		t.Errorf("a session has %q", got)
	}
	inside := append([]string{"nsenter", "--net", "--target", fmt.Sprint(n.process.Process.Pid)},
		n.access.SSH(n.access.Endpoints[0], "id -un")...)
	if out, code := runCommand(t, "", inside...); out != User || code != 0 {
		t.Errorf("from the node's network: exit code %d: %s", code, out)
	}
	root := n.access
	root.User = "root"
	if out, code := runCommand(t, "", root.SSH(root.Endpoints[1], "true")...); code != 255 || !strings.Contains(out, "Permission denied (publickey)") {
		t.Errorf("root: exit code %d: %s", code, out)
	}
	stranger := n.access
	stranger.KnownHosts = "/dev/null"
	if out, code := runCommand(t, "", stranger.SSH(stranger.Endpoints[1], "true")...); code != 255 || !strings.Contains(out, "Host key verification failed") {
		t.Errorf("without the host key: exit code %d: %s", code, out)
	}
}
