package workflows

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/internal/diag"
)

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
		"properties": map[string]any{"exit": oneOrMore(map[string]any{"type": "integer"})},
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
