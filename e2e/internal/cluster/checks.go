package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"gantline.dev/gantline/e2e/internal/node"
	"gantline.dev/gantline/e2e/internal/sandbox"
	"gantline.dev/gantline/e2e/internal/slurm"
)

// diskNeeded is what a cluster with a few images takes, in bytes.
const diskNeeded = 4 << 30

// UsageError is something that is wrong with the call or the machine, and that
// its message tells how to mend.
type UsageError struct{ message string }

// Error is the message.
func (e *UsageError) Error() string { return e.message }

func usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// needed are files of Debian's and Ubuntu's packages that a node runs.
var needed = [...]struct{ file, pkg string }{
	{"/usr/bin/containerd", "containerd"},
	{"/usr/bin/containerd-shim-runc-v2", "containerd"},
	{"/usr/sbin/runc", "runc"},
	{node.CNIPlugins + "/bridge", "containernetworking-plugins"},
	{node.CNIPlugins + "/host-local", "containernetworking-plugins"},
}

// CheckRoot says whether this process may make namespaces and mounts.
func CheckRoot() error {
	if os.Geteuid() != 0 {
		return usage("devcluster needs root, for namespaces, mounts and cgroups of the cluster's own: run it as root, as with sudo")
	}
	return nil
}

// checkFolder says whether a node would see the folder.
func checkFolder(f Folder) error {
	if sandbox.Covered(string(f)) {
		return usage("a cluster can't have its folder %q below /run, /var/lib or /var/log, of which its node has its own: use --dir with another folder", f)
	}
	return nil
}

// check looks for what a start needs of the machine besides.
func check(f Folder, withSlurm bool) error {
	if err := checkPackages(withSlurm); err != nil {
		return err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(string(f), &fs); err != nil {
		return fmt.Errorf("asking for free disk space: %w", err)
	}
	if free := fs.Bavail * uint64(fs.Bsize); free < diskNeeded {
		return usage("only %.1f GB are free where %q is, and a cluster needs %d: free some, or use --dir with a folder of another disk",
			float64(free)/(1<<30), f, diskNeeded>>30)
	}
	return nil
}

func checkPackages(withSlurm bool) error {
	var missing []string
	for _, n := range needed {
		if _, err := os.Stat(n.file); errors.Is(err, os.ErrNotExist) && !strings.Contains(strings.Join(missing, " "), n.pkg) {
			missing = append(missing, n.pkg)
		}
	}
	if len(missing) > 0 {
		return usage("this machine lacks what a node runs: as root, apt-get install %s", strings.Join(missing, " "))
	}
	if withSlurm {
		if err := slurm.CheckPackages(); err != nil {
			return usage("%s", err)
		}
	}
	return nil
}

// Checkout is the folder of Gantline's source, found upwards from this program
// or from the working directory: it says how to build what a cluster runs.
func Checkout() (string, error) {
	var starts []string
	if self, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(self))
	}
	if here, err := os.Getwd(); err == nil {
		starts = append(starts, here)
	}
	for _, dir := range starts {
		for ; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, toolScript)); err == nil {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", usage("devcluster builds what a cluster runs with %s of Gantline's checkout, and this is none: run it there", toolScript)
}
