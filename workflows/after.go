package workflows

import (
	"gantline.dev/gantline/internal/diag"
)

// Dep is one step that must have ended before another starts.
type Dep struct {
	Pos  diag.Position
	Step diag.Value[string]
	// AllowSkipped and AllowFailed widen what counts as ended well.
	AllowSkipped, AllowFailed bool
}

// After is the steps that a step waits for.
type After []Dep

// DecodeNode implements diag.Decoder.
func (a *After) DecodeNode(d *diag.Decoding, n *diag.Node) {
	items := n.Items
	if n.Kind != diag.List {
		items = []*diag.Node{n}
	}
	for _, item := range items {
		dep := Dep{Pos: item.Pos}
		if item.Kind != diag.Map {
			d.Into(item, &dep.Step)
			*a = append(*a, dep)
			continue
		}
		var long struct {
			Step  diag.Value[string]   `yaml:"step" required:"true"`
			Allow []diag.Value[string] `yaml:"allow,single" required:"true" enum:"skipped,failed"`
		}
		d.Into(item, &long)
		dep.Step = long.Step
		for _, allow := range long.Allow {
			dep.AllowSkipped = dep.AllowSkipped || allow.V == "skipped"
			dep.AllowFailed = dep.AllowFailed || allow.V == "failed"
		}
		*a = append(*a, dep)
	}
}

// JSONSchema implements diag.Schemer.
func (a *After) JSONSchema(*diag.SchemaWriter) map[string]any {
	name := map[string]any{"type": "string"}
	long := map[string]any{
		"type": "object", "required": []string{"step", "allow"}, "additionalProperties": false,
		"properties": map[string]any{
			"step":  name,
			"allow": oneOrMore(map[string]any{"enum": []string{"skipped", "failed"}}),
		},
	}
	one := diag.OneOf(name, long)
	return diag.OneOf(name, long, map[string]any{"type": "array", "items": one})
}

// oneOrMore is the schema of a list that may be written as its only element.
func oneOrMore(one map[string]any) map[string]any {
	return diag.OneOf(one, map[string]any{"type": "array", "items": one})
}
