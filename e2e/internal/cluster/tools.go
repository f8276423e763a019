package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// toolScript builds a program of the cluster, or finds it in the cache.
const toolScript = "hack/tool.sh"

const argoModule = "github.com/argoproj/argo-workflows/v3"

// tools are what a cluster runs: files by name.
type tools struct {
	programs map[string]string
	// pause and argoexec are what images are made of.
	pause, argoexec string
	kubectl         string
	// manifests is the folder of Argo's.
	manifests string
	// argo and kubernetes are versions.
	argo, kubernetes string
}

// findTools builds what is missing in the cache, telling progress as it goes.
func findTools(ctx context.Context, checkout string, progress io.Writer) (tools, error) {
	found := tools{programs: map[string]string{"containerd": "/usr/bin/containerd"}}
	build := func(name string) (string, error) {
		return output(ctx, checkout, progress, filepath.Join(checkout, toolScript), name)
	}
	for _, name := range []string{
		"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet",
		"coredns", "workflow-controller",
	} {
		path, err := build(name)
		if err != nil {
			return tools{}, err
		}
		found.programs[name] = path
	}
	for name, to := range map[string]*string{
		"pause": &found.pause, "argoexec": &found.argoexec, "kubectl": &found.kubectl,
	} {
		path, err := build(name)
		if err != nil {
			return tools{}, err
		}
		*to = path
	}
	module, err := output(ctx, filepath.Join(checkout, "tools/argo"), progress,
		"go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", argoModule)
	if err != nil {
		return tools{}, err
	}
	version, dir, _ := strings.Cut(module, " ")
	found.argo, found.manifests = version, filepath.Join(dir, "manifests")
	found.kubernetes, err = output(ctx, filepath.Join(checkout, "tools/kubernetes"), progress,
		"go", "list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes")
	return found, err
}

// output is what a command prints; what it says on stderr is progress.
func output(ctx context.Context, dir string, progress io.Writer, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GOWORK=off")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, progress
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("running %s %s: %w", filepath.Base(name), strings.Join(args, " "), err)
	}
	return strings.TrimSpace(out.String()), nil
}
