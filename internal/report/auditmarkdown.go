package report

import (
	"fmt"
	"io"
	"strings"

	"gantline.dev/gantline/repoclean/audit"
)

// Rows and lengths that a comment on a pull request has room for.
const (
	markdownRows = 10
	markdownName = 120 // of a name, in cells
)

// AuditMarkdown writes the audit for a pull request, in MarkdownLimit bytes at
// most: the outcome, the budgets that are passed, the commits of a range and
// the largest blobs; all else is folded away, and what finds no room is named.
func AuditMarkdown(w io.Writer, r audit.Report) error {
	_, err := io.WriteString(w, auditMarkdown(r, MarkdownLimit))
	return err
}

func auditMarkdown(r audit.Report, limit int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "## %s\n\n", plain(auditTitle(r)))
	fmt.Fprintf(&out, "**%s** (%s)\n", auditSum(r), auditScope(r))
	if gone := goneText(r.History); gone != "" && r.Growth == nil {
		fmt.Fprintf(&out, "\n%s, and every clone still fetches it.\n", gone)
	}
	writeBreaches(&out, r)
	for _, text := range notCounted(r) {
		fmt.Fprintf(&out, "\n> **Not counted.** %s\n", plain(shortenEnd(oneLine(text), 300)))
	}
	open, folded := markdownTables(r)
	for _, table := range open {
		fmt.Fprintf(&out, "\n### %s\n\n", plain(table.Title))
		writeMarkdownTable(&out, table.cut(markdownRows))
	}
	const reserve = 200 // for the closing words
	var left []string
	for _, section := range append(foldedTables(folded), foldedLists(r)...) {
		if out.Len()+len(section.text) > limit-reserve {
			left = append(left, section.title)
			continue
		}
		out.WriteString(section.text)
	}
	if len(left) > 0 {
		fmt.Fprintf(&out, "\n%s left out to fit; the HTML report has all of it.\n", count(len(left), "section is", "sections are"))
	}
	return out.String()
}

func writeBreaches(out *strings.Builder, r audit.Report) {
	for i, b := range r.Breaches {
		if i == markdownRows {
			fmt.Fprintf(out, "\n… and %s more.\n", count(len(r.Breaches)-i, "budget", "budgets"))
			return
		}
		fmt.Fprintf(out, "\n:x: **Over budget:** %s\n%s\n", plain(shortenEnd(oneLine(b.Message), 300)), plain(sentence(shortenEnd(oneLine(b.Hint), 300))))
	}
}

// markdownTables is the tables that stand open, and those that are folded away.
func markdownTables(r audit.Report) (open, folded []auditTable) {
	for _, table := range auditTables(r) {
		if table.ID == "commits" || table.ID == "blobs" {
			open = append(open, table)
		} else {
			folded = append(folded, table)
		}
	}
	folded = append([]auditTable{totalsTable(r)}, folded...)
	if r.Growth == nil && len(r.Months) > 1 {
		folded = append(folded, lastMonths(monthsTable(r), mostMonths))
	}
	if measures := measuresTable(r, false); len(measures.Rows) > 0 {
		folded = append(folded, measures)
	}
	return open, folded
}

type markdownSection struct{ title, text string }

func foldedTables(tables []auditTable) []markdownSection {
	var sections []markdownSection
	for _, table := range tables {
		var out strings.Builder
		most := markdownRows
		if table.ID == "totals" || table.ID == "months" {
			most = mostMonths
		}
		writeMarkdownTable(&out, table.cut(most))
		sections = append(sections, folded(table.Title, out.String()))
	}
	return sections
}

func foldedLists(r audit.Report) []markdownSection {
	lists := append(lfsLists(r), repackList(r)...)
	var sections []markdownSection
	for _, list := range lists {
		var out strings.Builder
		for i, name := range list.Paths {
			if i == mostText {
				fmt.Fprintf(&out, "- and %d more\n", len(list.Paths)-i)
				break
			}
			if list.Sentences {
				fmt.Fprintf(&out, "- %s\n", plain(oneLine(name)))
			} else {
				fmt.Fprintf(&out, "- %s\n", code(shorten(oneLine(name), markdownName)))
			}
		}
		if list.Hint != "" {
			fmt.Fprintf(&out, "\n%s\n", plain(list.Hint))
		}
		sections = append(sections, folded(list.Title, out.String()))
	}
	return sections
}

func folded(title, text string) markdownSection {
	return markdownSection{title, fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", title, text)}
}

// writeMarkdownTable writes a table without its bars.
func writeMarkdownTable(out *strings.Builder, t auditTable) {
	names, rules := "|", "|"
	for _, column := range t.Columns {
		names += " " + column.Name + " |"
		if column.Kind == sizeColumn || column.Kind == numberColumn {
			rules += "---:|"
		} else {
			rules += "---|"
		}
	}
	fmt.Fprintf(out, "%s\n%s\n", names, rules)
	for _, row := range t.Rows {
		out.WriteString("|")
		for i, column := range t.Columns {
			fmt.Fprintf(out, " %s |", markdownCell(column, row.Cells[i].Text))
		}
		out.WriteString("\n")
	}
	if t.More > 0 {
		fmt.Fprintf(out, "\n… and %s more.\n", thousands(int64(t.More)))
	}
	if t.After != "" {
		fmt.Fprintf(out, "\n%s\n", t.After)
	}
}

func markdownCell(column column, text string) string {
	text = shorten(oneLine(text), markdownName)
	switch {
	case text == "":
		return ""
	case column.Kind == nameColumn, column.Kind == phraseColumn:
		return cell(text)
	case column.Kind == textColumn:
		return strings.ReplaceAll(plain(text), "|", `\|`)
	case strings.Trim(text, "*") == "": // stars are no emphasis
		return strings.ReplaceAll(text, "*", `\*`)
	}
	return text
}
