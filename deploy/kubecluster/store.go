package kubecluster

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/cluster"
)

// inventoryKey is where in the ConfigMap the inventory stands.
const inventoryKey = "inventory"

// objectName is the name of a project's inventory and of its lock.
func objectName(project string) string { return "gantline-" + project }

// stored is an inventory as it was read.
type stored struct {
	Inventory
	// version is the ConfigMap's resource version; empty where there is none.
	version string
	object  *unstructured.Unstructured
}

// load reads a project's inventory. One that does not exist, or that was
// prepared empty, is one of nothing.
func (t *Target) load(ctx context.Context, project string) (stored, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	doing := fmt.Sprintf("reading the inventory ConfigMap/%s", objectName(project))
	object, err := t.Cluster.In(cluster.ConfigMaps).Get(ctx, objectName(project), metav1.GetOptions{})
	err = t.Cluster.Explain(doing, err)
	if errors.Is(err, cluster.ErrNotFound) {
		return stored{Inventory: newInventory(project)}, nil
	}
	if err != nil {
		return stored{}, err
	}
	text, _, err := unstructured.NestedString(object.Object, "data", inventoryKey)
	if err != nil {
		return stored{}, fmt.Errorf("%s: %w", doing, err)
	}
	inventory, err := parseInventory(project, text)
	if err != nil {
		return stored{}, fmt.Errorf("%s: %w", doing, err)
	}
	return stored{Inventory: inventory, version: object.GetResourceVersion(), object: object}, nil
}

// save writes the inventory over the one that was read, and gives what is
// there now. Somebody else's write in between is deploy.ErrStale.
func (t *Target) save(ctx context.Context, old stored, inventory Inventory) (stored, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	doing := fmt.Sprintf("writing the inventory ConfigMap/%s", objectName(inventory.Project))
	text, err := inventory.text()
	if err != nil {
		return stored{}, err
	}
	object := old.object
	if object == nil {
		object = &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{
				"name": objectName(inventory.Project), "namespace": t.Cluster.Namespace,
				"labels": map[string]any{labelProject: inventory.Project},
			},
		}}
	}
	object = object.DeepCopy()
	if err := unstructured.SetNestedField(object.Object, text, "data", inventoryKey); err != nil {
		return stored{}, fmt.Errorf("%s: %w", doing, err)
	}
	object.SetManagedFields(nil)
	in := t.Cluster.In(cluster.ConfigMaps)
	if old.object == nil {
		object, err = in.Create(ctx, object, metav1.CreateOptions{FieldManager: Manager})
	} else {
		object, err = in.Update(ctx, object, metav1.UpdateOptions{FieldManager: Manager})
	}
	if apierrors.IsAlreadyExists(err) {
		return stored{}, fmt.Errorf("%s: %w", doing, deploy.ErrStale)
	}
	err = t.bootstrapped(t.Cluster.Explain(doing, err), old.object == nil)
	if errors.Is(err, cluster.ErrConflict) {
		return stored{}, fmt.Errorf("%s: %w", doing, deploy.ErrStale)
	}
	if err != nil {
		return stored{}, err
	}
	return stored{Inventory: inventory, version: object.GetResourceVersion(), object: object}, nil
}

// bootstrapped says of an object that may not be created that it should be
// there already.
func (t *Target) bootstrapped(err error, creating bool) error {
	var known *cluster.Error
	if creating && errors.As(err, &known) && errors.Is(known.Kind, cluster.ErrForbidden) {
		known.Advice = fmt.Sprintf("it is made beforehand, once: gantline render --bootstrap --target %s | kubectl apply -f -", t.Name)
	}
	return err
}
