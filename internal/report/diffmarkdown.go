package report

import (
	"fmt"
	"io"
	"strings"

	"gantline.dev/gantline/internal/objdiff"
)

// MarkdownLimit is the length, in bytes, that DiffMarkdown keeps to. GitHub
// takes comments of 65,536 characters; the rest is for what a caller adds.
const MarkdownLimit = 60_000

// detail is how much of an object is written.
type detail int

const (
	counts detail = iota // a line with counts
	list                 // statements and paths
	full                 // statements, paths and values
)

// DiffMarkdown writes the difference for a pull request, in MarkdownLimit
// bytes at most. Objects give way one by one: first their values are left out,
// then their paths, and at last the objects themselves, each time with a word
// about it. No object is cut in two.
func DiffMarkdown(w io.Writer, d Diff) error {
	_, err := io.WriteString(w, diffMarkdown(d, MarkdownLimit))
	return err
}

func diffMarkdown(d Diff, limit int) string {
	const reserve = 400 // for the closing notes
	head := markdownHead(d, limit/4)
	objects := d.Changes.All()
	details, shown := fit(objects, limit-reserve-len(head))
	var out strings.Builder
	out.WriteString(head)
	shortened := 0
	for i, object := range objects[:shown] {
		out.WriteString(markdownObject(object, details[i]))
		if details[i] != full {
			shortened++
		}
	}
	if more := len(objects) - shown; more > 0 {
		fmt.Fprintf(&out, "\n… and %s more.\n", count(more, "object", "objects"))
	}
	if shortened > 0 {
		fmt.Fprintf(&out, "\n%s shortened to fit; the HTML report has all of it.\n", count(shortened, "object is", "objects are"))
	}
	if note := hiddenNote(d.Changes.Hidden); note != "" && len(note) < reserve/2 {
		fmt.Fprintf(&out, "\n%s\n", plain(note))
	}
	return out.String()
}

// fit chooses how much of each object is written, and of how many, within a
// number of bytes: all in counts first, then paths for as many as can be, then
// values.
func fit(objects []objdiff.ObjectChange, budget int) (details []detail, shown int) {
	details = make([]detail, len(objects))
	sizes := make([]int, len(objects))
	used := 0
	for i, object := range objects {
		sizes[i] = len(markdownObject(object, counts))
		if used+sizes[i] > budget {
			return details, i
		}
		used += sizes[i]
	}
	for _, level := range []detail{list, full} {
		for i, object := range objects {
			size := len(markdownObject(object, level))
			if details[i] == level-1 && used-sizes[i]+size <= budget {
				used += size - sizes[i]
				details[i], sizes[i] = level, size
			}
		}
	}
	return details, len(objects)
}

// markdownHead is the heading, the summary and the images, in a number of
// bytes at most.
func markdownHead(d Diff, budget int) string {
	var out strings.Builder
	note := ""
	if d.Note != "" {
		note = plain(sentence(clip(d.Note, 200))) + " "
	}
	fmt.Fprintf(&out, "## Workflows of %s\n\n%s → %s\n\n%s%s\n",
		code(clip(d.Project, 80)), code(clip(d.Base.String(), 120)), code(clip(d.Head.String(), 120)), note, d.Summary())
	for i, image := range d.Changes.Images {
		pin := ""
		if image.Pin != "" {
			pin = ", **" + image.Pin + "**"
		}
		item := fmt.Sprintf("- %s%s (%s)\n", count(len(image.Places), "place", "places"), pin, code(strings.Join(steps(image), ", "))) +
			fence("diff", "- "+oneLine(image.Old)+"\n+ "+oneLine(image.New)+"\n", "  ")
		if out.Len()+len(item) > budget {
			fmt.Fprintf(&out, "\n… and %s more.\n", count(len(d.Changes.Images)-i, "image", "images"))
			break
		}
		if i == 0 {
			out.WriteString("\n### Images\n\n")
		}
		out.WriteString(item)
	}
	return out.String()
}

func markdownObject(change objdiff.ObjectChange, level detail) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n### %s %s %s", markdownSign(change.Op), plain(change.Kind), code(change.Name))
	if change.Flow != "" {
		fmt.Fprintf(&out, " (flow %s)", code(change.Flow))
	}
	out.WriteString("\n\n")
	if level == counts {
		fmt.Fprintf(&out, "%s: %s, %s.\n", change.Op,
			count(len(change.Statements), "statement", "statements"), count(len(change.Fields), "field", "fields"))
		return out.String()
	}
	for _, statement := range change.Statements {
		fmt.Fprintf(&out, "- %s\n", plain(statement.Text))
	}
	if len(change.Fields) == 0 {
		return out.String()
	}
	fmt.Fprintf(&out, "\n<details><summary>%s</summary>\n\n", count(len(change.Fields), "field", "fields"))
	if level == full {
		out.WriteString(fence("diff", fieldsAsDiff(change.Fields), ""))
	} else {
		for _, field := range change.Fields {
			fmt.Fprintf(&out, "- %s %s\n", field.Op, code(trimPath(field.Path)))
		}
	}
	out.WriteString("\n</details>\n")
	return out.String()
}

func markdownSign(op objdiff.Op) string {
	switch op {
	case objdiff.Added:
		return "Added:"
	case objdiff.Removed:
		return "Removed:"
	}
	return "Changed:"
}

func fieldsAsDiff(fields []objdiff.FieldChange) string {
	var out strings.Builder
	for _, field := range fields {
		fmt.Fprintf(&out, "@@ %s @@\n", oneLine(trimPath(field.Path)))
		for _, line := range fieldLines(field) {
			fmt.Fprintf(&out, "%s %s\n", line.Sign(), oneLine(line.Text))
		}
	}
	return out.String()
}
