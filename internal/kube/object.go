// Package kube holds Object, the one shape in which a Kubernetes object
// crosses the rooms of Gantline: render makes objects, objdiff compares them,
// deploy applies them.
//
// An Object is canonical JSON (keys sorted, no nulls, no status) with its
// identity and the place it came from. It is a value: nothing changes it after
// New returned it, so it can be shared between goroutines and used as a cache
// key by its Hash.
package kube

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"gantline.dev/gantline/internal/diag"
)

// ID identifies an object within one namespace of one cluster.
type ID struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// String is Kind/name, as kubectl prints it.
func (id ID) String() string { return id.Kind + "/" + id.Name }

// Compare orders identities by kind, then name, then API version.
func (id ID) Compare(other ID) int {
	for _, c := range []int{
		strings.Compare(id.Kind, other.Kind),
		strings.Compare(id.Name, other.Name),
		strings.Compare(id.APIVersion, other.APIVersion),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}

// Object is one Kubernetes object without a namespace.
type Object struct {
	ID
	// Flow names the flow that the object was rendered from; empty for an
	// object that came from elsewhere.
	Flow string
	// Source is where the repository declares the object.
	Source diag.Position

	canonical []byte
}

// New makes an object of any value that encodes to the JSON of one: a typed
// Argo or Kubernetes struct, or a map. Nulls, empty status and
// creationTimestamp are dropped.
func New(value any, flow string, source diag.Position) (Object, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return Object{}, fmt.Errorf("encoding object: %w", err)
	}
	if root, ok := scan(raw); ok {
		return fromNode(root.without("status"), len(raw), flow, source)
	}
	tree, err := decode(raw)
	if err != nil {
		return Object{}, err
	}
	return fromTree(tree, flow, source)
}

func fromNode(root node, size int, flow string, source diag.Position) (Object, error) {
	meta := root.get("metadata")
	id, err := identify(root.get("apiVersion").string(), root.get("kind").string(), meta.get("name").string(), source)
	if err != nil {
		return Object{}, err
	}
	if flow == "" {
		flow = meta.get("labels").get(flowLabel).string()
	}
	return Object{ID: id, Flow: flow, Source: source, canonical: root.append(make([]byte, 0, size))}, nil
}

// flowLabel names the flow of an object.
const flowLabel = "gantline.dev/flow"

func identify(apiVersion, kind, name string, source diag.Position) (ID, error) {
	if apiVersion == "" || kind == "" || name == "" {
		return ID{}, fmt.Errorf("reading object %q: apiVersion, kind and metadata.name are needed", source.File)
	}
	return ID{APIVersion: apiVersion, Kind: kind, Name: name}, nil
}

// Parse reads one object from YAML or JSON.
func Parse(src []byte, source diag.Position) (Object, error) {
	raw, err := yaml.YAMLToJSONStrict(src)
	if err != nil {
		return Object{}, fmt.Errorf("parsing object %q: %w", source.File, err)
	}
	tree, err := decode(raw)
	if err != nil {
		return Object{}, err
	}
	return fromTree(tree, "", source)
}

func decode(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree map[string]any
	if err := dec.Decode(&tree); err != nil {
		return nil, fmt.Errorf("decoding object: %w", err)
	}
	return tree, nil
}

func fromTree(tree map[string]any, flow string, source diag.Position) (Object, error) {
	delete(tree, "status")
	tree, _ = prune(tree).(map[string]any)
	meta, _ := tree["metadata"].(map[string]any)
	text := func(v any) string { s, _ := v.(string); return s }
	id, err := identify(text(tree["apiVersion"]), text(tree["kind"]), text(meta["name"]), source)
	if err != nil {
		return Object{}, err
	}
	if flow == "" {
		labels, _ := meta["labels"].(map[string]any)
		flow = text(labels[flowLabel])
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return Object{}, fmt.Errorf("encoding %s: %w", id, err)
	}
	return Object{ID: id, Flow: flow, Source: source, canonical: bytes.TrimSpace(buf.Bytes())}, nil
}

// prune drops nulls and creationTimestamp: null, which typed structs emit and
// no reader wants. Empty maps and lists stay: they can mean something
// (emptyDir: {}).
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			if child == nil {
				delete(v, key)
				continue
			}
			v[key] = prune(child)
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

// JSON is the object's canonical JSON. The caller must not change it.
func (o Object) JSON() []byte { return o.canonical }

// YAML is the object as block-style YAML with sorted keys, ending in a newline.
func (o Object) YAML() ([]byte, error) {
	out, err := YAML(o.canonical)
	if err != nil {
		return nil, fmt.Errorf("writing %s as YAML: %w", o.ID, err)
	}
	return out, nil
}

// YAML is JSON as block-style YAML with sorted keys.
func YAML(json []byte) ([]byte, error) { return yaml.JSONToYAML(printable(json)) }

// printable is JSON text in which the characters that a YAML reader refuses
// are escaped. They can only stand in strings.
func printable(text []byte) []byte {
	var out strings.Builder
	out.Grow(len(text))
	for _, r := range string(text) {
		if r >= 0x7f && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return []byte(out.String())
}

// Tree decodes the object into fresh maps and slices that the caller owns.
// Numbers are json.Number.
func (o Object) Tree() (map[string]any, error) { return decode(o.canonical) }

// Decode fills a typed value (a WorkflowTemplate, say) from the object.
func (o Object) Decode(into any) error {
	if err := json.Unmarshal(o.canonical, into); err != nil {
		return fmt.Errorf("decoding %s: %w", o.ID, err)
	}
	return nil
}

// Hash is the SHA-256 of the canonical JSON, in hex.
func (o Object) Hash() string {
	sum := sha256.Sum256(o.canonical)
	return hex.EncodeToString(sum[:])
}

// FileName is the name under which a bundle or a rendered branch keeps the
// object: <kind>-<name>.yaml in lower case.
func (o Object) FileName() string {
	return strings.ToLower(o.Kind) + "-" + o.Name + ".yaml"
}

// Sort orders objects by identity, in place, and returns them.
func Sort(objects []Object) []Object {
	slices.SortFunc(objects, func(a, b Object) int { return a.ID.Compare(b.ID) })
	return objects
}
