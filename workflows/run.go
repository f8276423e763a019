package workflows

import (
	"reflect"

	"gantline.dev/gantline/internal/diag"
)

// Run is a shell script or an argument list; exactly one is set.
type Run struct {
	Pos    diag.Position
	Script *diag.Value[string]
	Args   []diag.Value[string]
}

// DecodeNode implements diag.Decoder.
func (r *Run) DecodeNode(d *diag.Decoding, n *diag.Node) {
	r.Pos = n.Pos
	if n.Kind == diag.List {
		d.Into(n, &r.Args)
		if len(r.Args) == 0 {
			d.Add(diag.Errorf(n.Pos, "value", "argument list is empty"))
		}
		return
	}
	r.Script = &diag.Value[string]{}
	d.Into(n, r.Script)
}

// JSONSchema implements diag.Schemer.
func (r *Run) JSONSchema(s *diag.SchemaWriter) map[string]any {
	return diag.OneOf(map[string]any{"type": "string"}, s.Of(reflect.TypeFor[[]diag.Value[string]]()))
}

// RunsOn is where a step runs.
type RunsOn struct {
	Pos diag.Position
	// Slurm is nil for Kubernetes.
	Slurm *SlurmOn
}

// SlurmOn is how a step runs on Slurm.
type SlurmOn struct {
	Pos       diag.Position
	Profile   *diag.Value[string]  `yaml:"profile" default:"default" doc:"A name under slurm: of gantline.yaml."`
	Partition *diag.Value[string]  `yaml:"partition" doc:"Partition."`
	Extra     []diag.Value[string] `yaml:"extra" doc:"More options of sbatch."`
}

// DecodeNode implements diag.Decoder.
func (r *RunsOn) DecodeNode(d *diag.Decoding, n *diag.Node) {
	r.Pos = n.Pos
	if n.Kind == diag.Map {
		var long struct {
			Slurm *SlurmOn `yaml:"slurm" required:"true"`
		}
		d.Into(n, &long)
		r.Slurm = long.Slurm
		return
	}
	var name diag.Value[string]
	d.Into(n, &name)
	switch name.V {
	case "slurm":
		r.Slurm = &SlurmOn{Pos: n.Pos}
	case "kubernetes":
	default:
		d.Wrong(n, "kubernetes, slurm or {slurm: …}")
	}
}

// JSONSchema implements diag.Schemer.
func (r *RunsOn) JSONSchema(s *diag.SchemaWriter) map[string]any {
	return diag.OneOf(map[string]any{"enum": []string{"kubernetes", "slurm"}}, map[string]any{
		"type": "object", "required": []string{"slurm"}, "additionalProperties": false,
		"properties": map[string]any{"slurm": s.Of(reflect.TypeFor[SlurmOn]())},
	})
}
