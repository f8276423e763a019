package report

import (
	"cmp"
	"fmt"
	"slices"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/repoclean/audit"
)

// pageRows is how many rows of a table a page shows. The lists of a report are
// cut already, by what was asked for.
const pageRows = 12

// sizeTable is a list of names with sizes, the largest first.
type sizeTable struct {
	Title string
	Note  string
	Rows  []sizeRow
	More  int
}

type sizeRow struct {
	Name  string
	Size  string
	Note  string
	Bytes int64
	Bar   meter
}

// auditTables is an audit's lists as tables of so many rows; empty ones are left
// out.
func auditTables(r audit.Report, most int) []sizeTable {
	tables := []sizeTable{}
	add := func(title, note string, rows []sizeRow) {
		if len(rows) == 0 {
			return
		}
		shown := rows[:min(len(rows), most)]
		for i := range shown {
			shown[i].Size = diag.Size(shown[i].Bytes).String()
			shown[i].Bar = meterOf("soft", 0, float64(shown[i].Bytes), float64(shown[0].Bytes))
		}
		tables = append(tables, sizeTable{Title: title, Note: note, Rows: shown, More: len(rows) - len(shown)})
	}
	if r.Growth != nil {
		add("Commits of the range", "Commit", commitRows(r.Growth.Commits))
	}
	add("Largest blobs of history", "File, unpacked, with the commit that brought it", blobRows(r.Largest))
	add("By kind", "Kind, packed, over all of history", weightRows(r.Kinds))
	add("By extension", "Extension, packed, over all of history", weightRows(r.Extensions))
	add("By directory", "Directory, packed, over all of history, with what is below", weightRows(r.Directories))
	add("Largest objects in Git LFS", "File", lfsRows(r.LFS.Largest))
	return tables
}

func commitRows(commits []audit.CommitGrowth) []sizeRow {
	var rows []sizeRow
	for _, c := range commits {
		rows = append(rows, sizeRow{Name: shortHash(c.Commit), Note: c.Subject + ", " + c.Author, Bytes: c.Added.Packed})
	}
	slices.SortStableFunc(rows, func(a, b sizeRow) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return rows
}

func blobRows(blobs []audit.Blob) []sizeRow {
	var rows []sizeRow
	for _, b := range blobs {
		note := fmt.Sprintf("%s, %s, %s", shortHash(b.Commit), b.Author, day(b.Date))
		if !b.InTree {
			note += ", removed since"
		}
		rows = append(rows, sizeRow{Name: b.Path, Note: note, Bytes: b.Bytes})
	}
	return rows
}

func weightRows(weights []audit.Weight) []sizeRow {
	var rows []sizeRow
	for _, w := range weights {
		name := w.Name
		if name == "" {
			name = "(none)"
		}
		note := count(w.History.Count, "blob", "blobs")
		if w.Tree.Files == 0 {
			note += ", none in the tree"
		} else {
			note += fmt.Sprintf(", %s in the tree", diag.Size(w.Tree.Bytes))
		}
		rows = append(rows, sizeRow{Name: name, Note: note, Bytes: w.History.Packed})
	}
	return rows
}

func lfsRows(objects []audit.LFSObject) []sizeRow {
	var rows []sizeRow
	for _, o := range objects {
		note := shortHash(o.Commit)
		if !o.InTree {
			note += ", removed since"
		}
		rows = append(rows, sizeRow{Name: o.Path, Note: note, Bytes: o.Bytes})
	}
	return rows
}

// auditView is what templates/audit.html shows.
type auditView struct {
	Facts  []fact
	Notes  []string
	Tables []sizeTable
	Raw    []string
}

func auditViewOf(r audit.Report) auditView {
	return auditView{Facts: auditFacts(r), Notes: auditNotes(r), Tables: auditTables(r, pageRows), Raw: r.LFS.Raw}
}
