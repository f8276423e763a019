package report

import (
	"fmt"
	"io"
	"strings"

	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean/audit"
)

// Measures of an audit on a terminal, in cells.
const (
	narrowest = 50
	widest    = 120 // longer lines lose the eye
	nameLeast = 30  // where a name would get less, a minor column goes
	authorMax = 18
	// mostText is how many rows of what has no limit of its own are shown:
	// commits of a range, names below a row, paths of a list.
	mostText   = 30
	mostBelow  = 3
	mostMonths = 24
)

// AuditText writes the audit for a terminal of so many columns. Names are
// shortened in the middle, and what is least asked for gives way first.
func AuditText(w io.Writer, r audit.Report, palette streams.Palette, width int) error {
	t := auditText{palette: palette, width: min(max(width, narrowest), widest)}
	t.head(r)
	t.table(totalsTable(r))
	t.list(pathList{Title: "Not counted", Paths: notCounted(r), Sentences: true})
	tables := auditTables(r)
	for _, table := range tables {
		if table.ID == "commits" {
			t.table(table.cut(mostText))
		}
	}
	t.table(lastMonths(monthsTable(r), mostMonths))
	for _, table := range tables {
		if table.ID != "commits" {
			t.table(table)
		}
	}
	for _, list := range lfsLists(r) {
		t.list(list)
	}
	t.table(measuresTable(r, false))
	for _, list := range repackList(r) {
		t.list(list)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// auditText collects the lines of an audit.
type auditText struct {
	out      strings.Builder
	palette  streams.Palette
	width    int
	explains bool // says what shaded bars are, once
}

func (t *auditText) line(text string) { t.out.WriteString(strings.TrimRight(text, " ") + "\n") }

// head is the title, and the budgets that are passed.
func (t *auditText) head(r audit.Report) {
	t.line(t.palette.Bold(shortenEnd(streams.Safe(auditTitle(r)), t.width)))
	for _, line := range wrapped(auditSum(r)+" ("+auditScope(r)+")", t.width) {
		t.line(line)
	}
	for _, b := range r.Breaches {
		t.hanging(t.palette.Bad("✗ "), 2, b.Message, t.palette.Bad)
		t.hanging("  ", 2, b.Hint, t.palette.Link)
	}
	if gone := goneText(r.History); gone != "" && r.Growth == nil {
		t.hanging(t.palette.Warn("! "), 2, gone+", and every clone still fetches it.", plainColour)
	}
}

func (t *auditText) title(text string) {
	t.line("")
	t.hanging("", 0, text, t.palette.Bold)
}

// hanging writes a text in lines behind a sign that takes so many cells.
func (t *auditText) hanging(sign string, cells int, text string, colour func(string) string) {
	for i, line := range wrapped(streams.Safe(text), t.width-cells) {
		if i > 0 {
			sign = strings.Repeat(" ", cells)
		}
		t.line(sign + colour(line))
	}
}

// list writes texts below a title: sentences whole, paths shortened.
func (t *auditText) list(list pathList) {
	if len(list.Paths) == 0 {
		return
	}
	t.title(list.Title)
	if list.Hint != "" {
		t.hanging("", 0, list.Hint, t.palette.Faint)
	}
	for i, text := range list.Paths {
		if i == mostText {
			t.line(t.palette.Faint(fmt.Sprintf("  and %d more", len(list.Paths)-i)))
			break
		}
		if list.Sentences {
			t.hanging("  "+t.palette.Warn("!")+" ", 4, text, plainColour)
		} else {
			t.line("  " + shorten(streams.Safe(text), t.width-2))
		}
	}
}

func plainColour(text string) string { return text }

// table writes aligned columns with a bar after the first size.
func (t *auditText) table(table auditTable) {
	if len(table.Rows) == 0 && table.After == "" {
		return
	}
	t.title(table.Title)
	t.note(table)
	if len(table.Rows) > 0 {
		l := layOutTable(table, t.width)
		t.line(t.palette.Faint(l.header(table)))
		for _, row := range table.Rows {
			t.line(l.row(table, row, t.palette))
			t.below(row.Below, l.nameAt)
		}
	}
	if table.More > 0 {
		t.line(t.palette.Faint(fmt.Sprintf("  and %d more", table.More)))
	}
	if table.After != "" {
		t.hanging("  ", 2, table.After, t.palette.Faint)
	}
}

// note is a table's note, and once what shading says.
func (t *auditText) note(table auditTable) {
	text := table.Note
	for _, row := range table.Rows {
		if row.Shaded > 0 && !t.explains {
			t.explains = true
			text = strings.TrimSpace(text + " Shaded (░) is what was deleted or replaced since.")
		}
	}
	if text != "" {
		t.hanging("", 0, text, t.palette.Faint)
	}
}

func (t *auditText) below(names []string, indent int) {
	for i, name := range names {
		if i == mostBelow {
			t.line(strings.Repeat(" ", indent) + t.palette.Faint(fmt.Sprintf("and %d more", len(names)-i)))
			return
		}
		t.line(strings.Repeat(" ", indent) + t.palette.Faint(shorten(streams.Safe(name), t.width-indent)))
	}
}
