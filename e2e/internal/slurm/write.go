package slurm

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// sticky is the mode of a folder in which all may write, and remove only their
// own.
const sticky = 0o777 | os.ModeSticky

// folder is a folder to make: where below Options.Dir, for whom.
type folder struct {
	path string
	mode os.FileMode
	user bool // it is svc-gantline's; else root's
}

func folders() []folder {
	list := []folder{
		{path: "etc", mode: 0o755},
		{path: "etc/munge", mode: 0o700},
		{path: "etc/slurm", mode: 0o755},
		{path: "etc/ssh", mode: 0o755},
		{path: "etc/ssh/authorized_keys", mode: 0o755},
		{path: "client", mode: 0o700},
		{path: "var", mode: 0o755},
		{path: "var/munge", mode: 0o700},
		{path: "var/slurm", mode: 0o755},
		{path: "var/slurm/state", mode: 0o700},
		{path: "var/slurm/spool", mode: 0o755},
		{path: "shared", mode: sticky},
		{path: "shared/gantline", mode: sticky},
		{path: "shared/home", mode: 0o755},
		{path: "shared/home/" + User, mode: 0o700, user: true},
	}
	for _, name := range nodeNames() {
		// Jobs start from a script here, so svc-gantline must get in.
		list = append(list, folder{path: "var/slurm/spool/" + name, mode: 0o755})
	}
	return list
}

// nodeNames are the names of Slurm's nodes.
func nodeNames() []string {
	var names []string
	for i := range Nodes {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	return names
}

// write makes every folder, file and device that the node needs below o.Dir.
func write(o Options, a accounts, files []file) error {
	for _, f := range folders() {
		owner := 0
		if f.user {
			owner = a.id
		}
		if err := makeFolder(o.at(f.path), f.mode, owner); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := writeFile(o.at(f.path), f.content, os.FileMode(f.mode)); err != nil {
			return err
		}
	}
	for i := range GPUs {
		if err := makeDevice(o.at(fmt.Sprintf("var/slurm/gpu%d", i))); err != nil {
			return err
		}
	}
	return writeKeys(o)
}

// makeFolder makes a folder, or gives one that exists its mode and owner.
func makeFolder(path string, mode os.FileMode, owner int) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("making a folder for Slurm: %w", err)
	}
	if err := os.Chown(path, owner, owner); err != nil {
		return fmt.Errorf("making a folder for Slurm: %w; Slurm needs root", err)
	}
	if err := os.Chmod(path, mode); err != nil {
		return fmt.Errorf("making a folder for Slurm: %w", err)
	}
	return nil
}

// makeDevice makes a character device like /dev/null.
func makeDevice(path string) error {
	const null = 1<<8 | 3
	err := syscall.Mknod(path, syscall.S_IFCHR|0o666, null)
	if err != nil && err != syscall.EEXIST {
		return fmt.Errorf("making the device file %q of a fake GPU: %w; Slurm needs root and the right to make devices", path, err)
	}
	return nil
}

// writeFile writes a file whole: who reads meanwhile, or after a crash, finds
// the old one or the new one.
func writeFile(path, content string, mode os.FileMode) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	defer os.Remove(temporary.Name()) // nothing is left by then, unless writing failed
	_, err = temporary.WriteString(content)
	if err == nil {
		err = temporary.Chmod(mode)
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	return nil
}
