package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// installArgo creates what Argo's own manifests have for a whole cluster, but
// for the pods: definitions, rights, configuration.
func (b bringUp) installArgo(ctx context.Context) error {
	b.say("creating Argo's definitions (" + b.spec.CRDs + ") and rights")
	base, err := files.ReadFile("files/base.yaml")
	if err != nil {
		return err
	}
	if err := b.client.Create(ctx, base, ""); err != nil {
		return err
	}
	definitions, err := manifests(filepath.Join(b.spec.Argo, "base/crds", b.spec.CRDs))
	if err != nil {
		return err
	}
	others, err := manifests(filepath.Join(b.spec.Argo, "cluster-install-no-crds/workflow-controller-rbac"))
	if err != nil {
		return err
	}
	for _, name := range []string{"sa", "configmap", "priorityclass"} {
		others = append(others, filepath.Join(b.spec.Argo, "base/workflow-controller/workflow-controller-"+name+".yaml"))
	}
	for _, path := range append(definitions, others...) {
		if err := b.createFile(ctx, path); err != nil {
			return err
		}
	}
	for _, path := range definitions {
		if err := until(ctx, "waiting for "+filepath.Base(path), b.established(path)); err != nil {
			return err
		}
	}
	return nil
}

// manifests are the objects' files of a folder of Argo's.
func manifests(folder string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("looking for Argo's manifests: %w", err)
	}
	var objects []string
	for _, path := range all {
		if filepath.Base(path) != "kustomization.yaml" {
			objects = append(objects, path)
		}
	}
	if len(objects) == 0 {
		return nil, fmt.Errorf("looking for Argo's manifests: none in %q", folder)
	}
	return objects, nil
}

func (b bringUp) createFile(ctx context.Context, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading one of Argo's manifests: %w", err)
	}
	// kustomize would set the namespace of the bindings' subject.
	text := strings.ReplaceAll(string(data), "- kind: ServiceAccount\n  name: argo\n", "- kind: ServiceAccount\n  name: argo\n  namespace: argo\n")
	return b.client.Create(ctx, []byte(text), "argo")
}

// established asks for the definition that a file like
// argoproj.io_workflows.yaml holds.
func (b bringUp) established(path string) func(context.Context) error {
	group, plural, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".yaml"), "_")
	return func(ctx context.Context) error {
		var definition object
		err := b.client.Get(ctx, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+plural+"."+group, &definition)
		if err != nil {
			return err
		}
		return definition.is("Established")
	}
}
