// Package cluster is a test cluster seen from the machine: its folder, the
// daemon that holds its node, the registry that all clusters share, and what
// `devcluster` does with them. [Up] starts a cluster, [Run] is its daemon,
// [Down] ends it, [Read] tells how it is.
//
// A cluster is alive as long as its daemon is, and the daemon is alive as long
// as it holds the lock in the cluster's folder: that is the only thing that
// says so, and the kernel lets go of it however the daemon ends.
package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// keptFiles are what stays in a cluster's folder when it is down.
var keptFiles = [...]string{lockName, logsName}

const (
	lockName       = "lock"
	logsName       = "logs"
	stateName      = "state.json"
	kubeconfigName = "kubeconfig"
	registryName   = ".registry" // in the shared folder, as the next
	seedsName      = ".seeds"
)

// Folder is where a cluster has everything that it keeps.
type Folder string

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)

// At is the folder of the cluster called name below base, an absolute path.
func At(base, name string) (Folder, error) {
	if !validName.MatchString(name) {
		return "", usage("cluster name %q: want up to 32 small letters, digits and hyphens, with no hyphen at an end", name)
	}
	return Folder(filepath.Join(base, name)), nil
}

// DefaultBase is where clusters are if nothing else is said: the user's cache.
func DefaultBase() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the cache folder: %w; set HOME or XDG_CACHE_HOME, or use --dir", err)
	}
	return filepath.Join(cache, "gantline-cluster"), nil
}

// All are the names of the clusters below base, running or not.
func All(base string) ([]string, error) {
	entries, err := os.ReadDir(base)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing clusters: %w", err)
	}
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(base, e.Name(), lockName)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Name is the cluster's.
func (f Folder) Name() string { return filepath.Base(string(f)) }

// Logs is the folder of the logs, which stay until the next start.
func (f Folder) Logs() string { return f.join(logsName) }

// Kubeconfig is the administrator's file.
func (f Folder) Kubeconfig() string { return f.join(kubeconfigName) }

func (f Folder) join(name string) string { return filepath.Join(string(f), name) }

// clear removes what a cluster leaves, but for the lock and, if they are to
// stay, the logs.
func (f Folder) clear(keepLogs bool) error {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return fmt.Errorf("clearing the cluster's folder: %w", err)
	}
	for _, e := range entries {
		if slices.Contains(keptFiles[:], e.Name()) && (keepLogs || e.Name() != logsName) {
			continue
		}
		if err := os.RemoveAll(f.join(e.Name())); err != nil {
			return fmt.Errorf("clearing the cluster's folder: %w", err)
		}
	}
	return nil
}
