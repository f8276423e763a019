package workflows

import (
	"encoding/json"
	"strconv"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// Any is a value of any shape: a parameter's default, say.
type Any struct {
	Pos  diag.Position
	Node *diag.Node
}

// DecodeNode implements diag.Decoder.
func (a *Any) DecodeNode(_ *diag.Decoding, n *diag.Node) { a.Pos, a.Node = n.Pos, n }

// JSONSchema implements diag.Schemer.
func (a *Any) JSONSchema(*diag.SchemaWriter) map[string]any { return map[string]any{} }

// JSON is the value as encoding/json would decode it; numbers keep their
// digits (json.Number).
func (a *Any) JSON() any { return nodeJSON(a.Node) }

func nodeJSON(n *diag.Node) any {
	switch n.Kind {
	case diag.Bool:
		return strings.EqualFold(n.Text, "true")
	case diag.Int, diag.Float:
		return number(n.Text)
	case diag.String:
		return n.Text
	case diag.List:
		list := make([]any, 0, len(n.Items))
		for _, item := range n.Items {
			list = append(list, nodeJSON(item))
		}
		return list
	case diag.Map:
		object := map[string]any{}
		for _, pair := range n.Pairs {
			object[pair.Key.V] = nodeJSON(pair.Value)
		}
		return object
	}
	return nil
}

// number keeps the digits where they are JSON already; YAML has more ways to
// write a number (0x10, 1_000, .5, .inf) than JSON.
func number(text string) any {
	if json.Valid([]byte(text)) {
		return json.Number(text)
	}
	plain := strings.ReplaceAll(text, "_", "")
	if i, err := strconv.ParseInt(plain, 0, 64); err == nil {
		return json.Number(strconv.FormatInt(i, 10))
	}
	if f, err := strconv.ParseFloat(plain, 64); err == nil && f-f == 0 {
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return text
}
