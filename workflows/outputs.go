package workflows

import (
	"reflect"

	"gantline.dev/gantline/internal/diag"
)

// Output is one declared output of a step.
type Output struct {
	Pos     diag.Position
	Type    *diag.Value[string] `yaml:"type" enum:"string,int,float,bool,json" default:"string" doc:"Type of the value."`
	Default *Any                `yaml:"default" doc:"Value where the step was skipped, failed or wrote none."`
}

// Outputs is a step's outputs by name.
type Outputs diag.Dict[*Output]

// DecodeNode implements diag.Decoder.
func (o *Outputs) DecodeNode(d *diag.Decoding, n *diag.Node) {
	if n.Kind == diag.Map {
		var dict diag.Dict[*Output]
		d.Into(n, &dict)
		*o = Outputs(dict)
		return
	}
	var names []diag.Value[string]
	d.Into(n, &names)
	for _, name := range names {
		*o = append(*o, diag.Entry[*Output]{Key: name, V: &Output{Pos: name.Pos}})
	}
}

// Get is the output of that name.
func (o Outputs) Get(name string) (*Output, bool) { return diag.Dict[*Output](o).Get(name) }

// Keys is the names in the order of the file.
func (o Outputs) Keys() []string { return diag.Dict[*Output](o).Keys() }

// JSONSchema implements diag.Schemer.
func (o *Outputs) JSONSchema(s *diag.SchemaWriter) map[string]any {
	return diag.OneOf(
		map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
		map[string]any{"type": "object", "additionalProperties": s.Of(reflect.TypeFor[Output]())})
}
