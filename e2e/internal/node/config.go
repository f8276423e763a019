package node

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"golang.org/x/sys/unix"
)

//go:embed files
var files embed.FS

// CNIPlugins is where Debian and Ubuntu install them.
const CNIPlugins = "/usr/lib/cni"

// WriteConfig writes the configuration of every program of the node, and the
// credentials for it, into the cluster's folder.
func WriteConfig(s Spec) (Admin, error) {
	admin, err := writeCredentials(s)
	if err != nil {
		return Admin{}, err
	}
	restrict, err := lacksSysResource()
	if err != nil {
		return Admin{}, err
	}
	audit, err := files.ReadFile("files/audit.yaml")
	if err != nil {
		return Admin{}, err
	}
	written := map[string][]byte{
		"audit.yaml": audit,
		// A registry on the loopback speaks plain http.
		filepath.Join("registries", s.Registry, "hosts.toml"): fmt.Appendf(nil,
			"server = \"http://%[1]s\"\n\n[host.\"http://%[1]s\"]\n  capabilities = [\"pull\", \"resolve\"]\n", s.Registry),
	}
	for name, values := range map[string]map[string]any{
		"kubelet.yaml": {
			"CA": s.etc("ca.crt"), "Cert": s.etc("kubelet-server.crt"), "Key": s.etc("kubelet-server.key"),
			"Plugins": filepath.Join(s.Folder, "plugins"), "Domain": domain, "DNS": DNSAddress,
		},
		"containerd.toml": {
			"Root": filepath.Join(s.Folder, "containerd"), "Pause": s.PauseImage, "RestrictOOM": restrict,
			"Snapshotter": s.Snapshotter, "CNIPlugins": CNIPlugins, "CNIConfig": s.etc("cni"),
			"Registries": s.etc("registries"),
		},
		"cni/pods.conflist": {"Pods": podNetwork},
		"Corefile":          {"Domain": domain, "DNS": DNSAddress, "Kubeconfig": s.etc("coredns.kubeconfig")},
	} {
		text, err := fill(filepath.Base(name), values)
		if err != nil {
			return Admin{}, err
		}
		written[name] = text
	}
	return admin, writeAll(s, written)
}

func fill(name string, values map[string]any) ([]byte, error) {
	parsed, err := template.New(name+".tmpl").Option("missingkey=error").ParseFS(files, "files/"+name+".tmpl")
	if err != nil {
		return nil, fmt.Errorf("reading the template of %q: %w", name, err)
	}
	var b bytes.Buffer
	if err := parsed.Execute(&b, values); err != nil {
		return nil, fmt.Errorf("filling in %q: %w", name, err)
	}
	return b.Bytes(), nil
}

// SnapshotterFor is containerd's way to stack layers in the folder: an overlay
// can't be stacked on one, as a container's root often is.
func SnapshotterFor(folder string) (string, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return "", fmt.Errorf("looking at the file system of %q: %w", folder, err)
	}
	if fs.Type == unix.OVERLAYFS_SUPER_MAGIC {
		return "native", nil
	}
	return "overlayfs", nil
}

// lacksSysResource says whether this process has no CAP_SYS_RESOURCE, and so
// nothing in the node.
func lacksSysResource() (bool, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false, fmt.Errorf("reading this process's capabilities: %w", err)
	}
	_, rest, found := strings.Cut(string(status), "CapEff:")
	var set uint64
	if _, err := fmt.Sscanf(rest, "%x", &set); !found || err != nil {
		return false, fmt.Errorf("reading this process's capabilities: no CapEff in /proc/self/status")
	}
	return set&(1<<unix.CAP_SYS_RESOURCE) == 0, nil
}
