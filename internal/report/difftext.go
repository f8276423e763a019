package report

import (
	"fmt"
	"io"
	"strings"

	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/internal/streams"
)

// DiffText writes the difference for a terminal.
func DiffText(w io.Writer, d Diff, palette streams.Palette) error {
	t := textWriter{palette: palette}
	t.line("%s", palette.Bold(streams.Safe(fmt.Sprintf("Workflows of %s: %s → %s", d.Project, d.Base, d.Head))))
	if d.Note != "" {
		t.line("%s", streams.Safe(sentence(d.Note)))
	}
	t.line("%s", d.Summary())
	t.changes(d.Changes)
	_, err := io.WriteString(w, t.out.String())
	return err
}

// DiffJSON writes a document of kind Diff.
func DiffJSON(w io.Writer, d Diff) error {
	if d.Flows == nil {
		d.Flows = []FlowView{}
	}
	return writeJSON(w, struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Diff
	}{apiVersion, "Diff", d})
}

// textWriter collects lines for a terminal.
type textWriter struct {
	out     strings.Builder
	palette streams.Palette
}

func (t *textWriter) line(format string, args ...any) { fmt.Fprintf(&t.out, format+"\n", args...) }

// op colours a text by what happened.
func (t *textWriter) op(op objdiff.Op, text string) string {
	switch op {
	case objdiff.Added:
		return t.palette.Good(text)
	case objdiff.Removed:
		return t.palette.Bad(text)
	case "":
		return text
	case gap:
		return t.palette.Faint(text)
	}
	return t.palette.Warn(text)
}

// sign is an operation as one character.
func sign(op objdiff.Op) string {
	switch op {
	case objdiff.Added:
		return "+"
	case objdiff.Removed:
		return "-"
	}
	return "~"
}

func (t *textWriter) changes(c objdiff.Changes) {
	if len(c.Images) > 0 {
		t.line("\n%s", t.palette.Bold("Images"))
	}
	for _, image := range c.Images {
		note := ""
		if image.Pin != "" {
			note = ", " + image.Pin
		}
		t.line("  %s", t.op(objdiff.Removed, "- "+streams.Safe(image.Old)))
		t.line("  %s", t.op(objdiff.Added, "+ "+streams.Safe(image.New)))
		t.line("    %s", t.palette.Faint(streams.Safe(count(len(image.Places), "place", "places")+note+": "+strings.Join(steps(image), ", "))))
	}
	for _, object := range c.All() {
		t.object(object)
	}
	if note := hiddenNote(c.Hidden); note != "" {
		t.line("\n%s", t.palette.Faint(streams.Safe(note)))
	}
}

func (t *textWriter) object(change objdiff.ObjectChange) {
	flow := ""
	if change.Flow != "" {
		flow = t.palette.Faint(streams.Safe("  flow " + change.Flow))
	}
	t.line("\n%s %s%s", t.op(change.Op, sign(change.Op)), t.palette.Bold(streams.Safe(change.ID.String())), flow)
	for _, statement := range change.Statements {
		t.line("  %s %s", t.op(statement.Op, sign(statement.Op)), streams.Safe(statement.Text))
	}
	for _, field := range change.Fields {
		t.line("    %s", t.palette.Faint(streams.Safe(trimPath(field.Path))))
		t.field(field)
	}
}

func (t *textWriter) field(field objdiff.FieldChange) {
	for _, line := range fieldLines(field) {
		t.line("      %s", t.op(line.Op, line.Sign()+" "+streams.Safe(line.Text)))
	}
}

// fieldLines is a field's change as lines: a comparison of texts, or the value
// before and the value after.
func fieldLines(field objdiff.FieldChange) []diffLine {
	before, after := field.Texts()
	if isText(field) {
		return unified(before, after)
	}
	var out []diffLine
	if field.Before != nil {
		out = append(out, diffLine{Op: objdiff.Removed, Text: before})
	}
	if field.After != nil {
		out = append(out, diffLine{Op: objdiff.Added, Text: after})
	}
	return out
}
