package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
)

// fileGroup is the files of one verdict by one rule.
type fileGroup struct {
	Reason repoclean.Reason
	Rule   string
	Files  []*repoclean.Verdict // largest first
	Bytes  int64
	// Content is the size of what Git LFS keeps for the group's pointers.
	Content int64
}

// groups gathers files by reason and rule: what keeps the image from being
// built first, then the heaviest.
func groups(files []repoclean.Verdict) []fileGroup {
	type key struct {
		reason repoclean.Reason
		rule   string
	}
	byKey := map[key]*fileGroup{}
	for i := range files {
		file := &files[i]
		k := key{file.Reason, file.Rule}
		group := byKey[k]
		if group == nil {
			group = &fileGroup{Reason: file.Reason, Rule: file.Rule}
			byKey[k] = group
		}
		group.Files = append(group.Files, file)
		group.Bytes += file.Bytes()
		if !file.FromLFS() {
			group.Content += file.LFSSize
		}
	}
	var out []fileGroup
	for _, group := range byKey {
		bySize(group.Files)
		out = append(out, *group)
	}
	slices.SortFunc(out, func(a, b fileGroup) int {
		return cmp.Or(
			cmp.Compare(order(a.Reason), order(b.Reason)), cmp.Compare(b.Bytes+b.Content, a.Bytes+a.Content),
			cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}

func order(reason repoclean.Reason) int {
	switch {
	case reason.Refuses():
		return 0
	case reason == repoclean.Included:
		return 2
	}
	return 1
}

// FilesText writes what goes into the image and what does not: a line for each
// rule, and what is worth a look. With all, a line for each file before that.
func FilesText(w io.Writer, c repoclean.Context, palette streams.Palette, all bool) error {
	var out strings.Builder
	if all {
		writeFileLines(&out, c.Files, palette)
	}
	out.WriteString(filesSummary(c) + "\n")
	for _, group := range groups(c.Files) {
		if group.Reason != repoclean.Included {
			fmt.Fprintf(&out, "  %6d  %9s  %s\n", len(group.Files), diag.Size(group.Bytes), streams.Safe(because(group)))
		}
	}
	notable(c).text(&out, palette)
	for _, refusal := range c.Refusals {
		fmt.Fprintf(&out, "%s %s: %s\n  %s\n", palette.Bad("refused:"), palette.Bold(streams.Safe(refusal.Path)),
			streams.Safe(refusal.Message), palette.Link(streams.Safe(refusal.Hint)))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// writeFileLines writes a line for each file, and one to set them apart.
func writeFileLines(out *strings.Builder, files []repoclean.Verdict, palette streams.Palette) {
	for _, file := range files {
		out.WriteString(fileLine(file, palette))
	}
	out.WriteByte('\n')
}

func fileLine(file repoclean.Verdict, palette streams.Palette) string {
	size := "-"
	if file.Size >= 0 {
		size = diag.Size(file.Bytes()).String()
	}
	if file.Included && file.Reason == repoclean.Included {
		line := fmt.Sprintf("%s %9s  %s", palette.Good("+"), size, streams.Safe(file.Path))
		if note := reachNote(file); note != "" {
			line += "  " + palette.Faint(note)
		}
		return line + "\n"
	}
	mark := palette.Faint("-")
	switch {
	case file.Included:
		mark = palette.Good("+")
	case file.Reason.Refuses():
		mark = palette.Bad("!")
	}
	group := groups([]repoclean.Verdict{file})[0]
	why := because(group)
	return fmt.Sprintf("%s %9s  %s  %s\n", mark, size, streams.Safe(file.Path), palette.Faint(streams.Safe(why)))
}

// verdictText is a verdict behind a count, where no sentence begins.
func verdictText(reason repoclean.Reason) string { return strings.TrimPrefix(reason.Text(), "is ") }

// because is a group's verdict in words, with the rule and what LFS keeps.
func because(group fileGroup) string {
	text := verdictText(group.Reason)
	if group.Rule != "" {
		text += ": " + group.Rule
	}
	if group.Content > 0 {
		text += fmt.Sprintf(" (%s of content)", diag.Size(group.Content))
	}
	return text
}

func filesSummary(c repoclean.Context) string {
	return fmt.Sprintf("%d of %s go into the image: %s of %s.", c.Included.Files,
		count(c.Total.Files, "file", "files"), diag.Size(c.Included.Bytes), diag.Size(c.Total.Bytes))
}

// FilesJSON writes the context as its own document.
func FilesJSON(w io.Writer, c repoclean.Context) error { return writeJSON(w, c) }

// FilesMarkdown writes the totals and the rules as a table.
func FilesMarkdown(w io.Writer, c repoclean.Context) error {
	var out strings.Builder
	fmt.Fprintf(&out, "## Files\n\n%s\n\n| files | size | |\n|---:|---:|---|\n", filesSummary(c))
	for _, group := range groups(c.Files) {
		rule := ""
		if group.Rule != "" {
			rule = ": " + cell(group.Rule)
		}
		fmt.Fprintf(&out, "| %d | %s | %s%s |\n", len(group.Files), diag.Size(group.Bytes), verdictText(group.Reason), rule)
	}
	notable(c).markdown(&out)
	for _, refusal := range c.Refusals {
		fmt.Fprintf(&out, "\n**Refused** %s: %s %s\n", code(refusal.Path), plain(refusal.Message), plain(refusal.Hint))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// cell is code for a table, in which a bar would end the cell.
func cell(text string) string { return strings.ReplaceAll(code(text), "|", `\|`) }

// filesView is what templates/files.html shows.
type filesView struct {
	Summary  string
	Rows     []filesRow
	Notable  []notableView
	Refusals []repoclean.Refusal
}

type filesRow struct {
	Text, Rule string
	Class      string
	Count      int
	Size       string
	Content    string
	Bar        meter
	Files      []fileEntry
	More       int
}

type fileEntry struct{ Path, Size string }

// mostFiles is how many files of a rule a page names.
const mostFiles = 200

func filesOf(c repoclean.Context) filesView {
	view := filesView{Summary: filesSummary(c), Notable: notable(c).views(), Refusals: c.Refusals}
	for _, group := range groups(c.Files) {
		class := "soft"
		switch {
		case group.Reason.Refuses():
			class = "bad"
		case group.Reason.Includes():
			class = "good"
		}
		row := filesRow{
			Text: verdictText(group.Reason), Rule: group.Rule, Class: class, Count: len(group.Files),
			Size: diag.Size(group.Bytes).String(), Bar: meterOf(class, 0, float64(group.Bytes), float64(c.Total.Bytes)),
		}
		if group.Content > 0 {
			row.Content = diag.Size(group.Content).String()
		}
		for _, file := range group.Files[:min(len(group.Files), mostFiles)] {
			row.Files = append(row.Files, fileEntry{streams.Safe(file.Path), diag.Size(file.Bytes()).String()})
		}
		row.More = len(group.Files) - len(row.Files)
		view.Rows = append(view.Rows, row)
	}
	return view
}
