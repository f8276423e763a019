package node

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"gantline.dev/gantline/e2e/internal/sandbox"
)

// The descriptors that the node's processes get: one to report on, and one
// that ends when the parent does.
const (
	reportFD = 3
	parentFD = 4
)

// Init is the first process of the node: it sets the namespaces up, starts the
// second, which is this program with the arguments, and reaps what ends until
// that one does. It ends when the parent is gone.
func Init(specFile string, supervisor ...string) error {
	reports := inherited(reportFD, "reports")
	parent := inherited(parentFD, "parent")
	go func() {
		_, _ = io.Copy(io.Discard, parent)
		os.Exit(1) // the node ends with its first process
	}()
	err := run(specFile, reports, supervisor)
	if err != nil {
		Report{Error: err.Error()}.Say(reports)
	}
	return err
}

func run(specFile string, reports *os.File, supervisor []string) error {
	spec, err := Load(specFile)
	if err != nil {
		return err
	}
	if err := sandbox.Setup(spec.surroundings()); err != nil {
		return err
	}
	if spec.Slurm {
		if err := mountSlurm(spec); err != nil {
			return err
		}
	}
	Report{Network: true}.Say(reports)

	cmd := exec.Command("/proc/self/exe", supervisor...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{reports}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the node's supervisor: %w", err)
	}
	return sandbox.Reap(cmd.Process)
}

// inherited is a file that this process got, and its programs must not.
func inherited(fd int, name string) *os.File {
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), name)
}

func (s Spec) surroundings() sandbox.Surroundings {
	return sandbox.Surroundings{
		Hostname: s.Name,
		Folder:   s.Folder,
		Files: map[string]string{
			"/etc/hosts":       fmt.Sprintf("127.0.0.1 localhost\n::1 localhost\n%s %s\n", Address, s.Name),
			"/etc/resolv.conf": "nameserver " + DNSAddress + "\n",
		},
		// What the kubelet would set for the whole machine.
		Settings: map[string]string{
			"vm/overcommit_memory":      "1",
			"vm/panic_on_oom":           "0",
			"kernel/panic":              "10",
			"kernel/panic_on_oops":      "1",
			"kernel/keys/root_maxkeys":  "1000000",
			"kernel/keys/root_maxbytes": "25000000",
		},
		Network: sandbox.Addresses{Node: nodeNetwork, Local: []string{APIAddress, DNSAddress}},
	}
}
