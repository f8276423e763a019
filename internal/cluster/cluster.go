// Package cluster opens a Kubernetes cluster: it finds the credentials that a
// deploy target means, gives the clients that deploy and runs speak through,
// and turns what an API server answers into sentences that say what to do.
//
// A newcomer starts at Open, which sends no request, and at Explain. The
// package knows nothing of flows or of Argo beyond the group of its objects.
package cluster

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"gantline.dev/gantline/internal/diag"
)

// The resources that Gantline speaks of.
var (
	WorkflowTemplates = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "workflowtemplates"}
	CronWorkflows     = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "cronworkflows"}
	Workflows         = schema.GroupVersionResource{Group: "argoproj.io", Version: "v1alpha1", Resource: "workflows"}
	ConfigMaps        = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	Leases            = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
	Pods              = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
)

// Options say which cluster is meant.
type Options struct {
	// Kubeconfig is paths as in KUBECONFIG, separated by colons; empty is the
	// user's own ~/.kube/config.
	Kubeconfig string
	// Context of the kubeconfig; empty for the only one, or for the cluster
	// that the process runs in.
	Context string
	// Namespace that everything happens in.
	Namespace string
	// UserAgent names the program in the API server's audit log.
	UserAgent string
}

// Cluster is one namespace of one cluster, as one user.
type Cluster struct {
	// Server is the API server's address.
	Server string
	// Context is the name of the kubeconfig's context; empty inside a cluster.
	Context   string
	Namespace string
	// Dynamic speaks JSON about any resource.
	Dynamic dynamic.Interface

	config *rest.Config
}

// Open finds the credentials. It sends no request: a cluster that is gone is
// found by the first one.
func Open(o Options) (*Cluster, error) {
	config, name, err := find(o)
	if err != nil {
		return nil, err
	}
	config.UserAgent = o.UserAgent
	// Requests are limited by whoever sends many, and by the API server's own
	// fairness; client-go's default of five a second would only add waiting.
	config.QPS, config.Burst = -1, -1
	config.WarningHandler = rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("opening context %q: %w", name, err)
	}
	return &Cluster{Server: shown(config.Host), Context: name, Namespace: o.Namespace, Dynamic: client, config: config}, nil
}

// shown is an address without the password that it may hold.
func shown(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User == nil {
		return address
	}
	parsed.User = nil
	return parsed.String()
}

// In is the client of one resource in the cluster's namespace.
func (c *Cluster) In(resource schema.GroupVersionResource) dynamic.ResourceInterface {
	return c.Dynamic.Resource(resource).Namespace(c.Namespace)
}

// String names the cluster in messages: namespace "ml" of "prod".
func (c *Cluster) String() string {
	name := c.Context
	if name == "" {
		name = c.Server
	}
	return fmt.Sprintf("namespace %q of cluster %q", c.Namespace, name)
}

// ContextError says that the kubeconfig does not tell which cluster is meant.
type ContextError struct {
	Context string
	// Known are the kubeconfig's contexts, Files where it was looked for.
	Known []string
	Files []string
}

// Error says what there is, and what to write.
func (e *ContextError) Error() string {
	where := strings.Join(e.Files, ", ")
	switch {
	case len(e.Known) == 0:
		return fmt.Sprintf("finding a cluster: no kubeconfig with a context (looked at %s); name the file in KUBECONFIG", where)
	case e.Context == "":
		return fmt.Sprintf("finding a cluster: the kubeconfig has %d contexts (%s); name one with context: in the target", len(e.Known), strings.Join(e.Known, ", "))
	}
	text := fmt.Sprintf("finding a cluster: the kubeconfig (%s) has no context %q", where, e.Context)
	if near, ok := diag.Nearest(e.Context, e.Known); ok {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	return text + "; it has " + strings.Join(e.Known, ", ")
}

// find reads the kubeconfig. Its current context is not asked: which cluster a
// deploy goes to must not depend on what somebody looked at last.
func find(o Options) (*rest.Config, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.Precedence = []string{clientcmd.RecommendedHomeFile}
	if o.Kubeconfig != "" {
		rules.Precedence = strings.Split(o.Kubeconfig, ":")
	}
	raw, err := rules.Load()
	if err != nil {
		return nil, "", fmt.Errorf("reading the kubeconfig: %w", err)
	}
	known := make([]string, 0, len(raw.Contexts))
	for name := range raw.Contexts {
		known = append(known, name)
	}
	slices.Sort(known)
	name := o.Context
	if name == "" && len(known) == 0 {
		config, err := rest.InClusterConfig()
		if !errors.Is(err, rest.ErrNotInCluster) {
			return config, "", err
		}
	}
	if name == "" && len(known) == 1 {
		name = known[0]
	}
	if !slices.Contains(known, name) {
		return nil, "", &ContextError{Context: o.Context, Known: known, Files: rules.Precedence}
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*raw, name, &clientcmd.ConfigOverrides{}, rules).ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("reading context %q of the kubeconfig: %w", name, err)
	}
	return config, name, nil
}
