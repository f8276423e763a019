package slurm

import (
	"fmt"
	"os"
	"syscall"
)

// home is svc-gantline's home folder in the node.
const home = sharedRoot + "/home/" + User

// sharedRoot is where the shared file system is in the node.
const sharedRoot = "/shared"

// mount is a bind mount: a path below Options.Dir, and where it is seen.
type mount struct{ from, to string }

func mounts() []mount {
	return []mount{
		{"etc/passwd", "/etc/passwd"},
		{"etc/group", "/etc/group"},
		{"etc/shadow", "/etc/shadow"},
		{"etc/munge", "/etc/munge"},
		{"etc/slurm", "/etc/slurm"},
		{"etc/ssh", "/etc/ssh"},
		{"var/munge", "/var/lib/munge"},
		{"var/slurm", "/var/lib/slurm"},
		{"shared", sharedRoot},
	}
}

// runtimeFolders are made in /run, which the node has for itself: for munge's
// socket and for sshd, which wants an empty one.
func runtimeFolders() []string { return []string{"/run/munge", "/run/sshd"} }

// Mount lays the files of o over the node's own. The node's first process calls
// it, once, after Programs, when its mounts are private and /run is a file
// system of its own; any other process is refused, for the machine's accounts
// would be covered.
//
// It makes the mount point /shared where the machine has none; that empty
// folder stays.
func Mount(o Options) error {
	if os.Getpid() != 1 {
		return fmt.Errorf("mounting Slurm's files: process %d is not the first of a node: its mounts may be the machine's",
			os.Getpid())
	}
	if err := os.MkdirAll(sharedRoot, 0o755); err != nil {
		return fmt.Errorf("making the mount point of the shared folder: %w", err)
	}
	for _, m := range mounts() {
		if err := syscall.Mount(o.at(m.from), m.to, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %q at %q: %w", o.at(m.from), m.to, err)
		}
	}
	for _, folder := range runtimeFolders() {
		if err := makeFolder(folder, 0o755, 0); err != nil {
			return err
		}
	}
	return nil
}
