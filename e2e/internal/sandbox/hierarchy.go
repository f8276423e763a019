package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// hierarchy is one mounted tree of cgroups: version 1 has one for each
// controller or few, version 2 a single one.
type hierarchy struct {
	// Options are the mount options that name it: "cpu,cpuacct",
	// "none,name=systemd"; "" for version 2.
	Options string
	// Mount is where it is mounted.
	Mount string
	// Current is this process's cgroup, below Mount.
	Current string
}

func (h hierarchy) v2() bool { return h.Options == "" }

// hierarchies are those that this process is in, as the kernel tells.
func hierarchies() ([]hierarchy, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("looking for cgroups: %w", err)
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("looking for cgroups: %w", err)
	}
	found := parseHierarchies(string(mounts), string(own))
	if len(found) == 0 {
		return nil, errors.New("looking for cgroups: none are mounted, and pods can't run without: mount them (on Debian, systemd does) and try again")
	}
	return found, nil
}

// parseHierarchies matches the lines of /proc/self/cgroup (ID:CONTROLLERS:PATH)
// with the mounts of /proc/self/mountinfo.
func parseHierarchies(mountinfo, own string) []hierarchy {
	var found []hierarchy
	for _, line := range strings.Split(mountinfo, "\n") {
		before, after, ok := strings.Cut(line, " - ")
		fields, tail := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(tail) < 3 {
			continue
		}
		root, mount, kind, options := fields[3], fields[4], tail[0], strings.Split(tail[2], ",")
		for _, entry := range strings.Split(own, "\n") {
			_, rest, _ := strings.Cut(entry, ":")
			controllers, current, ok := strings.Cut(rest, ":")
			if !ok || !matches(kind, options, controllers) {
				continue
			}
			h := hierarchy{Options: controllers, Mount: mount, Current: below(mount, root, current)}
			if strings.HasPrefix(controllers, "name=") {
				h.Options = "none," + controllers
			}
			if !slices.ContainsFunc(found, func(o hierarchy) bool { return o.Options == h.Options }) {
				found = append(found, h)
			}
		}
	}
	return found
}

func matches(kind string, options []string, controllers string) bool {
	if kind == "cgroup2" {
		return controllers == ""
	}
	if kind != "cgroup" || controllers == "" {
		return false
	}
	for _, c := range strings.Split(controllers, ",") {
		if !slices.Contains(options, c) {
			return false
		}
	}
	return true
}

// below is the cgroup's folder. A container may see a mount whose root is a
// cgroup far down.
func below(mount, root, current string) string {
	if root != "/" {
		if rest, ok := strings.CutPrefix(current, root); ok {
			current = rest
		}
	}
	return path.Join(mount, current)
}
