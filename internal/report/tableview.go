package report

import (
	"strconv"
	"strings"

	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// tableView is a table as templates/table.html shows it.
type tableView struct {
	ID, Title, Note string
	// Class is "dense" where a narrow screen has no room for bars.
	Class   string
	Columns []columnView
	Rows    []rowView
	More    string
	After   string
}

type columnView struct {
	Name, Class string
	// Bar says that a column of bars follows.
	Bar bool
}

type rowView struct{ Cells []cellView }

type cellView struct {
	Text, Class string
	// Parts is the text where a line may break between: behind each slash.
	Parts []string
	// Value is what the cell sorts by, where that is not its text.
	Value  string
	Code   bool
	Below  []string
	More   int
	Solid  *meter // bars that follow the cell
	Shaded *meter
}

// pageRows is how many rows of a table a page shows, pageBelow how many names
// below one name.
const (
	pageRows  = 200
	pageBelow = 12
)

func tableViewOf(t auditTable) tableView {
	t = t.cut(pageRows)
	view := tableView{ID: t.ID, Title: t.Title, Note: t.Note, After: t.After}
	if t.More > 0 {
		view.More = "and " + thousands(int64(t.More)) + " more"
	}
	whole := t.whole()
	barAt, stay := -1, 0
	for i, column := range t.Columns {
		if column.Minor == 0 {
			stay++
		}
		bar := column.Kind == sizeColumn && barAt < 0 && whole > 0
		if bar {
			barAt = i
		}
		view.Columns = append(view.Columns, columnView{column.Name, columnClass(column), bar})
	}
	if stay > 3 {
		view.Class = " dense"
	}
	for _, row := range t.Rows {
		view.Rows = append(view.Rows, rowViewOf(t, row, barAt, whole))
	}
	return view
}

// isCode says whether a column holds what one could type.
func isCode(c column) bool {
	switch c.Name {
	case "path", "directory", "extension", "at", "commit", "blob":
		return true
	}
	return false
}

func columnClass(c column) string {
	class := ""
	switch c.Kind {
	case sizeColumn, numberColumn:
		class = "num"
	case nameColumn, phraseColumn:
		class = "name"
	case wordColumn:
		class = "nowrap"
	case textColumn:
		class = "who"
	}
	if c.Minor > 0 {
		class += " hide-narrow"
	}
	return class
}

func rowViewOf(t auditTable, row auditRow, barAt int, whole int64) rowView {
	var view rowView
	for i, column := range t.Columns {
		cell := cellView{Text: streams.Safe(row.Cells[i].Text), Class: columnClass(column), Code: isCode(column)}
		cell.Parts = strings.SplitAfter(cell.Text, "/")
		if column.Name == "now" && cell.Text == goneWord {
			cell.Class += " gone"
		}
		if row.Cells[i].Sorts {
			cell.Value = strconv.FormatInt(row.Cells[i].Value, 10)
		}
		if column.Kind == nameColumn {
			for _, name := range row.Below[:min(len(row.Below), pageBelow)] {
				cell.Below = append(cell.Below, streams.Safe(name))
			}
			cell.More = len(row.Below) - len(cell.Below)
		}
		if i == barAt {
			solid := meterOf("full", 0, float64(row.Solid), float64(whole))
			shaded := meterOf("pale", float64(row.Solid), float64(row.Shaded), float64(whole))
			cell.Solid, cell.Shaded = &solid, &shaded
		}
		view.Cells = append(view.Cells, cell)
	}
	return view
}

// weightsView is an audit on the page of a run: what a reviewer of the commit
// asks, without a script.
type weightsView struct {
	Title    string
	Facts    []fact
	Breaches []repoclean.Breach
	Missing  []string
	Tables   []tableView
}

// runRows is how many rows of a table the page of a run shows.
const runRows = 10

func weightsViewOf(r audit.Report) weightsView {
	view := weightsView{Title: "What the repository weighs", Facts: auditFacts(r), Breaches: r.Breaches, Missing: notCounted(r)}
	if r.Growth != nil {
		view.Title = "What the commits since the base add to history"
	}
	for _, table := range auditTables(r) {
		if table.ID == "commits" || table.ID == "blobs" {
			view.Tables = append(view.Tables, tableViewOf(table.cut(runRows)))
		}
	}
	return view
}
