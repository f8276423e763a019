package workflows

import (
	"gantline.dev/gantline/internal/diag"
)

// Foreach is a literal list, an expression, or the product of named lists;
// exactly one is set.
type Foreach struct {
	Pos     diag.Position
	List    []*Any
	Expr    *diag.Value[string]
	Product diag.Dict[[]*Any]
}

// DecodeNode implements diag.Decoder.
func (f *Foreach) DecodeNode(d *diag.Decoding, n *diag.Node) {
	f.Pos = n.Pos
	switch n.Kind {
	case diag.List:
		d.Into(n, &f.List)
		if len(f.List) == 0 {
			d.Add(diag.Errorf(n.Pos, "value", "foreach has no items"))
		}
	case diag.Map:
		d.Into(n, &f.Product)
	default:
		f.Expr = &diag.Value[string]{}
		d.Into(n, f.Expr)
	}
}

// JSONSchema implements diag.Schemer.
func (f *Foreach) JSONSchema(*diag.SchemaWriter) map[string]any {
	list := map[string]any{"type": "array", "minItems": 1}
	return diag.OneOf(list, map[string]any{"type": "string"},
		map[string]any{"type": "object", "additionalProperties": list})
}
