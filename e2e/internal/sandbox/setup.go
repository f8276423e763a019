package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Surroundings are what the node's first process makes before anything runs.
type Surroundings struct {
	// Hostname is the node's name.
	Hostname string
	// Folder is the node's own folder, absolute: what programs keep in /var/lib
	// and /var/log goes to var/lib and var/log in it.
	Folder string
	// Files are put over files of the machine, for the node alone: target to
	// content.
	Files map[string]string
	// Settings are put over entries of /proc/sys, for the node alone: entry,
	// as in vm/overcommit_memory, to value. A program that wants this value
	// finds it there, and has nothing to write for the whole machine.
	Settings map[string]string
	// Network is the node's.
	Network Addresses
}

// Setup makes the surroundings. The calling process must be the first of its
// namespaces; on an error nothing but its end undoes what was made.
func Setup(s Surroundings) error {
	cgroups, err := hierarchies() // as the machine has them mounted
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") },
		s.mountKernel,
		func() error { return mountCgroups(cgroups) },
		s.mountFolders,
		s.coverFiles,
		func() error { return s.Network.up() },
		func() error { return unix.Sethostname([]byte(s.Hostname)) },
		// The kubelet hands mounts on to pods and takes theirs.
		func() error { return mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "") },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("setting up the node: %w", err)
		}
	}
	return nil
}

// mountKernel shows the new PID and network namespaces in /proc and /sys.
func (s Surroundings) mountKernel() error {
	const quiet = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := mount("proc", "/proc", "proc", quiet, ""); err != nil {
		return err
	}
	return mount("sysfs", "/sys", "sysfs", quiet, "")
}

// mountCgroups mounts the hierarchies anew at the same places, so that each
// shows the node's cgroup as its root.
func mountCgroups(all []hierarchy) error {
	if len(all) == 1 && all[0].v2() {
		if err := mount("cgroup2", all[0].Mount, "cgroup2", 0, ""); err != nil {
			return err
		}
		return makeRoom(all[0].Mount)
	}
	if err := mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	for _, h := range all {
		if err := os.MkdirAll(h.Mount, 0o755); err != nil {
			return err
		}
		kind := "cgroup"
		if h.v2() {
			kind = "cgroup2"
		}
		if err := mount(kind, h.Mount, kind, 0, h.Options); err != nil {
			return err
		}
	}
	return nil
}

// makeRoom moves the node's processes out of its version 2 root, which may
// give controllers on only when it is empty.
func makeRoom(root string) error {
	folder := filepath.Join(root, "init")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	if err := enter([]string{folder}); err != nil {
		return err
	}
	return giveOn(root)
}

func (s Surroundings) mountFolders() error {
	if err := mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return err
	}
	for _, folder := range []string{"var/lib", "var/log"} {
		own := filepath.Join(s.Folder, folder)
		if err := os.MkdirAll(own, 0o755); err != nil {
			return err
		}
		if err := bind(own, "/"+folder); err != nil {
			return err
		}
	}
	return nil
}

func (s Surroundings) coverFiles() error {
	covers := map[string]string{}
	for target, content := range s.Files {
		covers[target] = content
	}
	for entry, value := range s.Settings {
		if target := filepath.Join("/proc/sys", entry); exists(target) {
			covers[target] = value + "\n"
		}
	}
	for target, content := range covers {
		own := filepath.Join(s.Folder, "cover", target)
		if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(own, []byte(content), 0o644); err != nil {
			return err
		}
		// /etc/resolv.conf is often a link into /run, which is empty by now.
		if to, err := os.Readlink(target); err == nil && !exists(target) {
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(target), to)
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(to, nil, 0o644); err != nil {
				return err
			}
		}
		if err := bind(own, target); err != nil {
			return err
		}
	}
	return nil
}

// Covered are the folders of the machine that a node has its own of, so that
// nothing of the cluster may be kept below them.
func Covered(path string) bool {
	return slices.ContainsFunc([]string{"/run", "/proc", "/sys", "/var/lib", "/var/log"}, func(folder string) bool {
		return path == folder || len(path) > len(folder) && path[:len(folder)+1] == folder+"/"
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func bind(from, to string) error { return mount(from, to, "", unix.MS_BIND, "") }

func mount(source, target, kind string, flags uintptr, options string) error {
	if err := unix.Mount(source, target, kind, flags, options); err != nil {
		return fmt.Errorf("mounting on %q: %w", target, err)
	}
	return nil
}
