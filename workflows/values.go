package workflows

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

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
			"allow": map[string]any{"type": "array", "items": map[string]any{"enum": []string{"skipped", "failed"}}},
		},
	}
	one := diag.OneOf(name, long)
	return diag.OneOf(name, long, map[string]any{"type": "array", "items": one})
}

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

// RetryFor is the causes that are tried again.
type RetryFor struct {
	Pos    diag.Position
	Causes []diag.Value[string]
	// Exit are exit codes of the program.
	Exit []diag.Value[int]
}

// DecodeNode implements diag.Decoder.
func (r *RetryFor) DecodeNode(d *diag.Decoding, n *diag.Node) {
	r.Pos = n.Pos
	items := n.Items
	if n.Kind != diag.List {
		items = []*diag.Node{n}
	}
	causes := []string{"infra", "preempted", "oom", "timeout", "error", "any"}
	for _, item := range items {
		if item.Kind == diag.Map {
			var exit struct {
				Exit []diag.Value[int] `yaml:"exit,single" required:"true"`
			}
			d.Into(item, &exit)
			r.Exit = append(r.Exit, exit.Exit...)
			continue
		}
		var cause diag.Value[string]
		d.Into(item, &cause)
		if !slices.Contains(causes, cause.V) {
			d.Wrong(item, strings.Join(causes, ", ")+" or {exit: [n]}")
		}
		r.Causes = append(r.Causes, cause)
	}
}

// JSONSchema implements diag.Schemer.
func (r *RetryFor) JSONSchema(*diag.SchemaWriter) map[string]any {
	cause := map[string]any{"enum": []string{"infra", "preempted", "oom", "timeout", "error", "any"}}
	exit := map[string]any{
		"type": "object", "required": []string{"exit"}, "additionalProperties": false,
		"properties": map[string]any{"exit": map[string]any{"type": "array", "items": map[string]any{"type": "integer"}}},
	}
	return diag.OneOf(cause, exit, map[string]any{"type": "array", "items": diag.OneOf(cause, exit)})
}

// Backoff is the wait before attempts: From at first, doubling up to To.
type Backoff struct {
	Pos      diag.Position
	From, To time.Duration
}

// DecodeNode implements diag.Decoder.
func (b *Backoff) DecodeNode(d *diag.Decoding, n *diag.Node) {
	b.Pos = n.Pos
	if !d.Text(n) {
		return
	}
	from, to, ranged := strings.Cut(n.Text, "..")
	if !ranged {
		to = from
	}
	var first, last diag.Duration
	if err := errors.Join(first.ParseText(from), last.ParseText(to)); err != nil || first > last {
		d.Add(diag.Errorf(n.Pos, "value", "%q is not a backoff; write one as 30s or 1m..30m", n.Text))
		return
	}
	b.From, b.To = first.Duration(), last.Duration()
}

// JSONSchema implements diag.Schemer.
func (b *Backoff) JSONSchema(*diag.SchemaWriter) map[string]any {
	return map[string]any{"type": "string"}
}

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
