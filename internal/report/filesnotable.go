package report

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/reach"
)

// notableFiles are files of the image that are worth a look though nothing is
// wrong with them: a heading and the files below it, each.
type notableFiles []notableGroup

type notableGroup struct {
	// Text is the heading, Hint what can be done; it may be empty.
	Text, Hint string
	Files      []notableFile
	// Folded says that only a page names the files: there is nothing to do about
	// them.
	Folded bool
}

type notableFile struct {
	Path string
	// Size is that in the image, or of what Git LFS keeps; it may be empty.
	Size string
	// Note says more; it may be empty.
	Note string
}

// notable finds them.
func notable(c repoclean.Context) notableFiles {
	var groups notableFiles
	groups = append(groups, unreached(c)...)
	for _, class := range []reach.Class{reach.Test, reach.Script} {
		groups = append(groups, apart(c, class)...)
	}
	return append(append(groups, namedPointers(c)...), clashing(c)...)
}

// unreached is the Python that nothing reaches and that goes into the image
// all the same.
func unreached(c repoclean.Context) notableFiles {
	groups := python(c, "that nothing reaches", repoclean.Verdict.Unreached)
	for i := range groups {
		groups[i].Hint = "leave them out with context.unreachable_python: drop, or one by one in context.exclude"
	}
	return groups
}

// apart is the Python of the image that only one class of roots reaches.
func apart(c repoclean.Context, class reach.Class) notableFiles {
	groups := python(c, classText(class), func(v repoclean.Verdict) bool {
		return v.Included && v.Reach == class && path.Ext(v.Path) == ".py"
	})
	for i := range groups {
		groups[i].Folded = true
	}
	return groups
}

// python is a group of the Python files that are wanted, the largest first.
func python(c repoclean.Context, what string, wanted func(repoclean.Verdict) bool) notableFiles {
	var files []*repoclean.Verdict
	var sum repoclean.Totals
	for i := range c.Files {
		if v := &c.Files[i]; wanted(*v) {
			sum.Add(v.Bytes())
			files = append(files, v)
		}
	}
	if sum.Files == 0 {
		return nil
	}
	var group notableGroup
	for _, v := range bySize(files) {
		group.Files = append(group.Files, notableFile{Path: v.Path, Size: diag.Size(v.Bytes()).String()})
	}
	group.Text = fmt.Sprintf("%s %s, %s", count(sum.Files, "Python file", "Python files"), what, diag.Size(sum.Bytes))
	return notableFiles{group}
}

// namedPointers are LFS files that stay out of the image though a file that is
// reached names them.
func namedPointers(c repoclean.Context) notableFiles {
	var group notableGroup
	for _, v := range c.Files {
		if v.Reason != repoclean.LFSPointer || len(v.Because) == 0 || path.Ext(v.Path) == ".py" {
			continue
		}
		last := v.Because[len(v.Because)-1]
		group.Files = append(group.Files, notableFile{Path: v.Path, Size: diag.Size(v.LFSSize).String(), Note: stepText(last)})
	}
	if len(group.Files) == 0 {
		return nil
	}
	group.Text = count(len(group.Files), "LFS file stays", "LFS files stay") + " out of the image though the code names " + oneOrMany(len(group.Files), "it", "them")
	group.Hint = "take their content with patterns in context.lfs.fetch"
	return notableFiles{group}
}

// clashing are names that some systems take for one.
func clashing(c repoclean.Context) notableFiles {
	group := notableGroup{
		Text: count(len(c.Clashes), "name differs", "names differ") + " only in case or Unicode form",
		Hint: "all go into the image; a checkout on macOS or Windows has only one of each",
	}
	for _, paths := range c.Clashes {
		group.Files = append(group.Files, notableFile{Path: paths[0], Note: strings.Join(paths[1:], ", ")})
	}
	if len(group.Files) == 0 {
		return nil
	}
	return notableFiles{group}
}

// bySize sorts files, the largest first.
func bySize(files []*repoclean.Verdict) []*repoclean.Verdict {
	slices.SortFunc(files, func(a, b *repoclean.Verdict) int {
		return cmp.Or(cmp.Compare(b.Bytes(), a.Bytes()), cmp.Compare(a.Path, b.Path))
	})
	return files
}

func oneOrMany(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// classText says who reaches files of a class, behind a count of them.
func classText(class reach.Class) string {
	if class == reach.Test {
		return "that only tests reach"
	}
	return "that only a program started by hand reaches"
}

// reachNote is what a list says about a file's class; empty where it is the
// ordinary one.
func reachNote(v repoclean.Verdict) string {
	if path.Ext(v.Path) != ".py" {
		return ""
	}
	switch v.Reach {
	case reach.Unreached:
		return "nothing reaches it"
	case reach.Test:
		return "only tests reach it"
	case reach.Script:
		return "only by hand"
	}
	return ""
}

// mostNotable is how many files of a group a text names.
const mostNotable = 20

func (n notableFiles) text(out io.Writer, palette streams.Palette) {
	for _, group := range n {
		if group.Folded {
			fmt.Fprintln(out, streams.Safe(group.Text))
			continue
		}
		fmt.Fprintln(out, streams.Safe(group.Text)+":")
		for _, file := range group.Files[:min(len(group.Files), mostNotable)] {
			line := fmt.Sprintf("  %6s  %9s  %s", "", file.Size, streams.Safe(file.Path))
			if file.Note != "" {
				line += "  " + palette.Faint(streams.Safe(file.Note))
			}
			fmt.Fprintln(out, line)
		}
		if more := len(group.Files) - mostNotable; more > 0 {
			fmt.Fprintf(out, "  %6s  %9s  and %d more; --all lists every file\n", "", "", more)
		}
		if group.Hint != "" {
			fmt.Fprintln(out, "  "+palette.Link(group.Hint))
		}
	}
}

func (n notableFiles) markdown(out io.Writer) {
	for _, group := range n {
		fmt.Fprintf(out, "\n%s\n", plain(group.Text))
		if group.Folded {
			continue
		}
		fmt.Fprintln(out)
		for _, file := range group.Files[:min(len(group.Files), mostNotable)] {
			line := "- " + code(file.Path)
			for _, more := range []string{file.Size, file.Note} {
				if more != "" {
					line += " " + plain(more)
				}
			}
			fmt.Fprintln(out, line)
		}
		if more := len(group.Files) - mostNotable; more > 0 {
			fmt.Fprintf(out, "- and %d more\n", more)
		}
	}
}

// notableView is what templates/files.html shows of a group.
type notableView struct {
	Text, Hint string
	Lines      []notableFile
	More       int
}

func (n notableFiles) views() []notableView {
	var views []notableView
	for _, group := range n {
		view := notableView{Text: group.Text, Hint: group.Hint}
		for _, file := range group.Files[:min(len(group.Files), mostFiles)] {
			view.Lines = append(view.Lines, notableFile{
				Path: streams.Safe(file.Path), Note: streams.Safe(strings.Trim(file.Size+", "+file.Note, ", ")),
			})
		}
		view.More = len(group.Files) - len(view.Lines)
		views = append(views, view)
	}
	return views
}
