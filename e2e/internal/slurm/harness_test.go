package slurm

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func needsNode(t *testing.T) {
	t.Helper()
	if os.Getenv("GANTLINE_TEST") != "e2e" {
		t.Skip("starts a real Slurm: set GANTLINE_TEST=e2e")
	}
	if os.Geteuid() != 0 {
		t.Skip("starts a real Slurm in namespaces: needs root")
	}
	if err := CheckPackages(); err != nil {
		t.Fatal(err)
	}
}

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
