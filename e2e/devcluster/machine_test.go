package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
)

// machine is what a cluster must leave as it was, a line each.
type machine struct{ mounts, links, settings, tables, processes, cgroups []string }

// look takes the machine's state. Other clusters may come and go meanwhile: of
// processes and cgroups it takes those that have to do with this one.
func look(t *testing.T, folder, name string) machine {
	t.Helper()
	return machine{
		mounts:    lines(t, "/proc/self/mounts"),
		links:     links(t),
		settings:  settings(t),
		tables:    lines(t, "/proc/net/ip_tables_names"),
		processes: processes(t, folder, name),
		cgroups:   cgroups(t, "gantline-"+name+"-"),
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil // a kernel without iptables
	}
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(data), "\n")
	slices.Sort(all)
	return all
}

func links(t *testing.T) []string {
	t.Helper()
	all, err := netlink.LinkList()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, link := range all {
		names = append(names, link.Attrs().Name)
	}
	return names
}

// settings are all entries of /proc/sys that can be read, but for the kernel's
// own counters and what changes from one reading to the next.
func settings(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir("/proc/sys", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // gone meanwhile
		}
		for _, changing := range []string{"random/", "-state", "-nr", "nr_", "ns_last_pid", "netfilter/", "dentry", "route/flush", "stat_refresh", "fs/quota/"} {
			if strings.Contains(path, changing) {
				return nil
			}
		}
		if value, err := os.ReadFile(path); err == nil {
			all = append(all, path+" = "+strings.TrimSpace(string(value)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// processes are those of the cluster: they are in one of its cgroups, or have
// its folder in their command line, environment or mounts.
func processes(t *testing.T, folder, name string) []string {
	t.Helper()
	var found []string
	for _, cgroup := range cgroups(t, "gantline-"+name+"-") {
		procs, err := os.ReadFile(filepath.Join(cgroup, "cgroup.procs"))
		if err == nil && len(procs) > 0 {
			found = append(found, cgroup+" "+string(procs))
		}
	}
	all, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range all {
		for _, file := range []string{"cmdline", "mountinfo", "environ"} {
			data, err := os.ReadFile(filepath.Join(process, file))
			if err == nil && strings.Contains(string(data), folder+"/") {
				found = append(found, process+" "+file)
				break
			}
		}
	}
	return found
}

func cgroups(t *testing.T, prefix string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), prefix) {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
