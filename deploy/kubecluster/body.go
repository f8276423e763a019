package kubecluster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gantline.dev/gantline/internal/kube"
)

// wanted is one object that a commit wants, as it is sent to the cluster.
type wanted struct {
	kube.Object
	// tree is the object with numbers as the API server's JSON has them.
	tree map[string]any
	// hash and spec are what the inventory will say of it.
	hash, spec string
}

func want(object kube.Object) (wanted, error) {
	if _, err := resourceOf(object.Kind); err != nil {
		return wanted{}, err
	}
	var u unstructured.Unstructured
	if err := u.UnmarshalJSON(object.JSON()); err != nil {
		return wanted{}, fmt.Errorf("reading %s: %w", object.ID, err)
	}
	spec, err := specHash(u.Object)
	if err != nil {
		return wanted{}, fmt.Errorf("%s: %w", object.ID, err)
	}
	return wanted{Object: object, tree: u.Object, hash: shortHash(object.JSON()), spec: spec}, nil
}

func shortHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:hashLength]
}

// patch is the body of a server-side apply. A resource version makes the API
// server refuse it where the object has changed since; suspend is the value
// that is kept, nil for none.
func (w wanted) patch(namespace, resourceVersion string, suspend *bool) ([]byte, error) {
	tree := (&unstructured.Unstructured{Object: w.tree}).DeepCopy().Object
	meta, _ := tree["metadata"].(map[string]any)
	meta["namespace"] = namespace
	if resourceVersion != "" {
		meta["resourceVersion"] = resourceVersion
	}
	if spec, ok := tree["spec"].(map[string]any); ok && suspend != nil {
		spec["suspend"] = *suspend
	}
	body, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", w.ID, err)
	}
	return body, nil
}

// holds says whether the live value is the wanted one, or has more: fields that
// the API server filled in, or that others own.
func holds(have, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		have, ok := have.(map[string]any)
		if !ok {
			return false
		}
		for key, value := range want {
			if other, there := have[key]; !there || !holds(other, value) {
				return false
			}
		}
		return true
	case []any:
		have, ok := have.([]any)
		if !ok || len(have) != len(want) {
			return false
		}
		for i := range want {
			if !holds(have[i], want[i]) {
				return false
			}
		}
		return true
	}
	return have == want
}
