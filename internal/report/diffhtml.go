package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/objdiff"
)

// DiffHTML writes the difference as one self-contained page.
func DiffHTML(w io.Writer, d Diff) error {
	body, err := changesOf(d)
	if err != nil {
		return err
	}
	body.Summary = "" // the verdict says it
	verdict := verdictLine{Class: "changed", Word: "Workflows change", Text: d.Summary()}
	if d.Changes.Empty() {
		verdict.Class, verdict.Word = "passed", "Nothing changes"
	}
	if d.Note != "" {
		verdict.Text = sentence(d.Note) + " " + verdict.Text
	}
	facts := []fact{{Name: "Base", Value: d.Base.String(), Code: true}, {Name: "Head", Value: d.Head.String(), Code: true}}
	if d.Tool != "" {
		facts = append(facts, fact{Name: "Both rendered by", Value: "gantline " + d.Tool})
	}
	heading := d.Head.Subject
	if heading == "" {
		heading = d.Base.String() + " → " + d.Head.String()
	}
	return writePage(w, "diff.html", shell{
		Title: "Workflow preview: " + heading, Eyebrow: []string{d.Project, "workflow preview"},
		Heading: heading, Verdict: &verdict, Facts: facts, Tool: d.Tool, Body: body,
	})
}

// changesView is what templates/changes.html shows.
type changesView struct {
	Summary string
	Images  []imageMove
	Flows   []flowSection
	Objects []objectView // those of no flow
	Hidden  string
}

type imageMove struct{ Count, Steps, Pin, Old, New string }

type flowSection struct {
	Name     string
	Mark     Mark
	Facts    string
	Drawings []drawing
	Objects  []objectView
}

type objectView struct {
	Op         objdiff.Op
	Kind, Name string
	Says       []objdiff.Statement
	Fields     []fieldView
	FieldCount string
	Open       bool
	YAML       []codeLine
}

type fieldView struct {
	Path                string
	HasBefore, HasAfter bool
	Before, After       string
	Lines               []codeLine
}

// codeLine is a line of a block of code. Class colours it.
type codeLine struct{ Class, Text string }

// openFields is how many fields an object may have to be shown unfolded.
const openFields = 12

// changesOf prepares a difference for the page. Flows without a change are
// left out.
func changesOf(d Diff) (changesView, error) {
	view := changesView{Summary: d.Summary(), Hidden: hiddenNote(d.Changes.Hidden)}
	for _, image := range d.Changes.Images {
		view.Images = append(view.Images, imageMove{
			Count: count(len(image.Places), "place", "places"), Steps: strings.Join(steps(image), ", "),
			Pin: image.Pin, Old: image.Old, New: image.New,
		})
	}
	byFlow := map[string][]objectView{}
	for _, change := range d.Changes.All() {
		object, err := objectOf(change)
		if err != nil {
			return changesView{}, err
		}
		if slices.ContainsFunc(d.Flows, func(f FlowView) bool { return f.Name == change.Flow }) {
			byFlow[change.Flow] = append(byFlow[change.Flow], object)
			continue
		}
		view.Objects = append(view.Objects, object)
	}
	for _, flow := range d.Flows {
		if objects := byFlow[flow.Name]; len(objects) > 0 {
			section := sectionOf(flow)
			section.Objects = objects
			view.Flows = append(view.Flows, section)
		}
	}
	return view, nil
}

// sectionOf is a flow with its drawing for wide and for narrow screens.
func sectionOf(flow FlowView) flowSection {
	facts := []string{count(len(flow.Graph.Nodes), "step", "steps")}
	for _, fact := range []string{flow.Schedule, flow.File} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	return flowSection{
		Name: flow.Name, Mark: flow.Mark, Facts: strings.Join(facts, " · "), Drawings: drawings(flow.Name, flow.Graph),
	}
}

// Widths, in CSS pixels, up to which a drawing fits after shrinking a little.
const (
	fitsWide   = 1300
	fitsNarrow = 410
)

// drawings is a graph drawn to the right, for wide screens, and down, for
// narrow ones; down alone where it would not fit otherwise.
func drawings(name string, g Graph) []drawing {
	if len(g.Nodes) == 0 {
		return nil
	}
	wide, tall := draw(name, g, right), draw(name, g, down)
	if tall.ShownWidth <= fitsNarrow {
		tall.Class += " fits"
	}
	if wide.ShownWidth > fitsWide {
		tall.Class += " only"
		return []drawing{tall}
	}
	return []drawing{wide, tall}
}

func objectOf(change objdiff.ObjectChange) (objectView, error) {
	view := objectView{
		Op: change.Op, Kind: change.Kind, Name: change.Name, Says: change.Statements,
		FieldCount: count(len(change.Fields), "field", "fields"), Open: len(change.Fields) <= openFields,
	}
	for _, field := range change.Fields {
		view.Fields = append(view.Fields, fieldOf(field))
	}
	base, head, err := change.YAML()
	if err != nil {
		return objectView{}, fmt.Errorf("showing %s: %w", change.ID, err)
	}
	view.YAML = codeLines(unified(base, head))
	return view, nil
}

func fieldOf(field objdiff.FieldChange) fieldView {
	if isText(field) {
		return fieldView{Path: trimPath(field.Path), Lines: codeLines(fieldLines(field))}
	}
	before, after := field.Texts()
	return fieldView{
		Path: trimPath(field.Path), HasBefore: field.Before != nil, HasAfter: field.After != nil,
		Before: before, After: after,
	}
}

func codeLines(lines []diffLine) []codeLine {
	out := make([]codeLine, 0, len(lines))
	for _, line := range lines {
		out = append(out, codeLine{Class: string(line.Op), Text: line.Sign() + " " + line.Text})
	}
	return out
}
