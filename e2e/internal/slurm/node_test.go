package slurm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/e2e/internal/program"
)

// nodeEnv, set to a folder, makes the test binary play a node's first process.
const nodeEnv = "GANTLINE_SLURM_TEST_NODE"

// readyLine is what the first process writes when every program is ready.
const readyLine = "ready"

func TestMain(m *testing.M) {
	dir := os.Getenv(nodeEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := playNode(dir); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const testAddress = "10.88.0.1"

func testOptions(dir string) Options {
	return Options{Dir: dir, Hostname: "gantline-test", NodeAddress: testAddress}
}

// playNode is a node's first process in short: namespaces made ready, the
// programs started, and then nothing until it is killed.
func playNode(dir string) error {
	o := testOptions(dir)
	if err := makePrivate(o); err != nil {
		return err
	}
	programs, err := Programs(o)
	if err != nil {
		return err
	}
	if err := Mount(o); err != nil {
		return err
	}
	supervisor := program.NewSupervisor(dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := supervisor.Start(ctx, programs...); err != nil {
		return err
	}
	fmt.Println(readyLine)
	return <-supervisor.Ended()
}

func makePrivate(o Options) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	for _, fs := range []struct{ kind, at string }{{"proc", "/proc"}, {"tmpfs", "/run"}} {
		if err := syscall.Mount(fs.kind, fs.at, fs.kind, 0, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", fs.at, err)
		}
	}
	if err := syscall.Sethostname([]byte(o.Hostname)); err != nil {
		return fmt.Errorf("setting the host name: %w", err)
	}
	return raiseNetwork()
}

// raiseNetwork gives the node an address that is not loopback's, as a cluster's
// node has, and the kernel may lack every kind of link but a pair of these.
func raiseNetwork() error {
	for _, command := range []string{
		"link set lo up",
		"link add node0 type veth peer name node1",
		"address add " + testAddress + "/24 dev node0",
		"link set node0 up",
		"link set node1 up",
	} {
		if out, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", command, err, out)
		}
	}
	return nil
}

// namespace is the name of a namespace of a process, such as "pid:[4026531836]".
func namespace(pid int, kind string) (string, error) {
	return os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
}

// processesIn are the processes of the machine whose PID namespace is the named
// one, each with its command line.
func processesIn(t *testing.T, pidNamespace string) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		name, err := os.Readlink("/proc/" + entry.Name() + "/ns/pid")
		if err != nil || name != pidNamespace {
			continue
		}
		line, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
		found = append(found, strings.ReplaceAll(strings.TrimRight(string(line), "\x00"), "\x00", " "))
	}
	return found
}
