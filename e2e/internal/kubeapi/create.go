package kubeapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// head is what tells where an object belongs.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

var documentEnd = regexp.MustCompile(`(?m)^---\s*$`)

// Create creates the objects of a YAML file, which may have several documents.
// Namespaced ones without a namespace go to the one given. An object that is
// there already stays as it is. A namespace that the server is about to make is
// waited for.
func (c *Client) Create(ctx context.Context, file []byte, namespace string) error {
	for _, document := range documentEnd.Split(string(file), -1) {
		if strings.TrimSpace(document) == "" {
			continue
		}
		var h head
		if err := yaml.Unmarshal(headOf(document), &h); err != nil {
			return fmt.Errorf("reading an object: %w", err)
		}
		if h.Kind == "" {
			continue // comments alone
		}
		// As JSON: Argo's largest definition is over the server's limit as YAML.
		body, err := yaml.YAMLToJSON([]byte(document))
		if err != nil {
			return fmt.Errorf("reading %s %q: %w", h.Kind, h.Metadata.Name, err)
		}
		if err := c.createOne(ctx, h, body, namespace); err != nil {
			return fmt.Errorf("creating %s %q: %w", h.Kind, h.Metadata.Name, err)
		}
	}
	return nil
}

// headOf leaves out what follows an object's head, where megabytes of schema
// would take as long to read as to create.
func headOf(document string) []byte {
	before, _, _ := strings.Cut(document, "\nspec:")
	return []byte(before)
}

func (c *Client) createOne(ctx context.Context, h head, document []byte, namespace string) error {
	path, err := collection(h, namespace)
	if err != nil {
		return err
	}
	for {
		err := c.Post(ctx, path, document, nil)
		var status *StatusError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &status):
			return err
		case status.Code == http.StatusConflict && strings.Contains(status.Message, "already exists"):
			return nil
		// A namespace or a default of a server that has just begun.
		case status.Code != http.StatusNotFound && status.Code != http.StatusForbidden:
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// resources are the kinds that a cluster is set up from.
func resource(kind string) (plural string, namespaced, known bool) {
	switch kind {
	case "Namespace":
		return "namespaces", false, true
	case "PriorityClass":
		return "priorityclasses", false, true
	case "CustomResourceDefinition":
		return "customresourcedefinitions", false, true
	case "ClusterRole":
		return "clusterroles", false, true
	case "ClusterRoleBinding":
		return "clusterrolebindings", false, true
	case "Role":
		return "roles", true, true
	case "RoleBinding":
		return "rolebindings", true, true
	case "ServiceAccount":
		return "serviceaccounts", true, true
	case "ConfigMap":
		return "configmaps", true, true
	case "Service":
		return "services", true, true
	}
	return "", false, false
}

// collection is the path that objects like this one are created at.
func collection(h head, namespace string) (string, error) {
	plural, namespaced, known := resource(h.Kind)
	if !known {
		return "", fmt.Errorf("kind %q is not one that this client knows", h.Kind)
	}
	path := "/apis/" + h.APIVersion
	if h.APIVersion == "v1" {
		path = "/api/v1"
	}
	if namespaced {
		if h.Metadata.Namespace != "" {
			namespace = h.Metadata.Namespace
		}
		path += "/namespaces/" + namespace
	}
	return path + "/" + plural, nil
}
