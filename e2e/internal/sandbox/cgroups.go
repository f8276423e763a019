package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cgroups are a node's cgroups: one folder in each hierarchy, below which
// everything that runs in the node is.
type Cgroups struct {
	// Folders are the node's cgroups, one in each hierarchy.
	Folders []string
	// Parents are where the process that made them was before.
	Parents []string
}

// NewCgroups makes a cgroup called name in each hierarchy. What it made when
// an error came is in the answer too, to be removed.
//
// Version 2 alone, as on Debian 12's own kernel: the cgroup is made at the
// root, where a cgroup may both hold processes and give controllers on; below a
// login session's it may not. Written from the kernel's documentation: the
// machines that this was tried on have version 1.
func NewCgroups(name string) (Cgroups, error) {
	var made Cgroups
	all, err := hierarchies()
	if err != nil {
		return made, err
	}
	only2 := len(all) == 1 && all[0].v2()
	for _, h := range all {
		parent := h.Current
		if only2 {
			parent = h.Mount
			if err := giveOn(parent); err != nil {
				return made, err
			}
		}
		folder := filepath.Join(parent, name)
		if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return made, fmt.Errorf("making a cgroup for the node: %w", err)
		}
		made.Folders = append(made.Folders, folder)
		made.Parents = append(made.Parents, h.Current)
		if err := copyCpuset(parent, folder); err != nil {
			return made, err
		}
	}
	return made, nil
}

// giveOn lets the children of a version 2 cgroup have every controller that it
// has. Those that are on stay on: other cgroups may use them.
func giveOn(folder string) error {
	have, err := os.ReadFile(filepath.Join(folder, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading what cgroup controllers there are: %w", err)
	}
	control := filepath.Join(folder, "cgroup.subtree_control")
	on, err := os.ReadFile(control)
	if err != nil {
		return fmt.Errorf("reading what cgroup controllers are given on: %w", err)
	}
	for _, c := range strings.Fields(string(have)) {
		if slices.Contains(strings.Fields(string(on)), c) {
			continue
		}
		// One by one: a controller that can't be given on (cpu, where a
		// real-time process runs) must not keep the others from it. The kubelet
		// says which one it misses.
		_ = os.WriteFile(control, []byte("+"+c), 0o644)
	}
	return nil
}

// copyCpuset: a version 1 cpuset begins empty, and an empty one holds nothing.
func copyCpuset(parent, folder string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		target := filepath.Join(folder, name)
		own, err := os.ReadFile(target)
		if err != nil || strings.TrimSpace(string(own)) != "" {
			continue // another controller, or filled by the kernel
		}
		value, err := os.ReadFile(filepath.Join(parent, name))
		if err == nil && strings.TrimSpace(string(value)) != "" {
			err = os.WriteFile(target, value, 0o644)
		}
		if err != nil {
			return fmt.Errorf("giving the node's cgroup its processors: %w", err)
		}
	}
	return nil
}

// Enter moves this process into the cgroups; Leave moves it back. What is
// cloned between the two stays in them.
func (c Cgroups) Enter() error { return enter(c.Folders) }

// Leave moves this process back to where it was when the cgroups were made.
func (c Cgroups) Leave() error { return enter(c.Parents) }

func enter(folders []string) error {
	for _, folder := range folders {
		procs := filepath.Join(folder, "cgroup.procs")
		if err := os.WriteFile(procs, []byte(strconv.Itoa(os.Getpid())), 0o644); err != nil {
			return fmt.Errorf("moving into cgroup %q: %w", folder, err)
		}
	}
	return nil
}

// Remove removes the cgroups and all below them, waiting a few seconds for
// processes that are about to be gone. Cgroups that are gone are no error.
func (c Cgroups) Remove() error {
	var failed error
	for _, folder := range c.Folders {
		deadline := time.Now().Add(5 * time.Second)
		err := removeTree(folder)
		for err != nil && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
			err = removeTree(folder)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func removeTree(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("removing cgroup %q: %w", folder, err)
	}
	for _, e := range entries {
		if e.IsDir() {
			if err := removeTree(filepath.Join(folder, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing cgroup: %w", err)
	}
	return nil
}
