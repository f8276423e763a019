package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/repoclean/audit"
)

// auditTable is one of an audit's lists as all its writers take it.
type auditTable struct {
	// ID is its anchor on a page.
	ID    string
	Title string
	// Note says in a sentence what the figures are, or is "".
	Note    string
	Columns []column
	Rows    []auditRow
	// More is how many rows were left out; After says what else there is.
	More  int
	After string
}

// column is what a column holds. A higher Minor is left out earlier where there
// is little room; 0 stays.
type column struct {
	Name  string
	Kind  columnKind
	Minor int
}

type columnKind int

const (
	sizeColumn   columnKind = iota // bytes, aligned to the right
	numberColumn                   // a count, aligned to the right
	nameColumn                     // a path: takes the room there is, and loses its middle
	phraseColumn                   // words: take the room there is, and lose their end
	textColumn                     // from the repository, short
	wordColumn                     // our own: a date, a hash, a word
)

// auditRow is one row. Solid and Shaded are the two parts of its bar, which
// stands after the first size; Below is what else belongs to the name.
type auditRow struct {
	Cells         []entry
	Solid, Shaded int64
	Below         []string
}

// entry is one cell. Value is what it sorts by, where it is no text.
type entry struct {
	Text  string
	Value int64
	Sorts bool
}

func textEntry(text string) entry { return entry{Text: text} }

func sizeEntry(bytes int64) entry {
	if bytes == 0 {
		return entry{Text: "–", Sorts: true}
	}
	return entry{Text: diag.Size(bytes).String(), Value: bytes, Sorts: true}
}

func countEntry(n int) entry {
	if n == 0 {
		return entry{Text: "–", Sorts: true}
	}
	return entry{Text: thousands(int64(n)), Value: int64(n), Sorts: true}
}

// thousands is a number with commas.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// countOf is count for numbers that may be large.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(int64(n)) + " " + many
}

// either is one of two words.
func either(first bool, one, other string) entry {
	if first {
		return entry{Text: one, Value: 1, Sorts: true}
	}
	return entry{Text: other, Sorts: true}
}

// goneWord says that the checkout has something no more.
const goneWord = "gone"

func thereOrGone(there bool) entry { return either(there, "there", goneWord) }

// cut is the table with its first rows.
func (t auditTable) cut(most int) auditTable {
	if len(t.Rows) > most {
		t.More += len(t.Rows) - most
		t.Rows = t.Rows[:most]
	}
	return t
}

// dropColumn takes a column out.
func (t *auditTable) dropColumn(at int) {
	t.Columns = slices.Delete(t.Columns, at, at+1)
	for i, row := range t.Rows {
		t.Rows[i].Cells = slices.Delete(row.Cells, at, at+1)
	}
}

// whole is the longest bar of the table.
func (t auditTable) whole() int64 {
	var most int64
	for _, row := range t.Rows {
		most = max(most, row.Solid+row.Shaded)
	}
	return most
}

// auditTables is an audit's lists, those first that a reader asks for first;
// empty ones are left out, and of a range those that don't tell what it adds.
func auditTables(r audit.Report) []auditTable {
	all := []auditTable{
		commitsTable(r), blobsTable(r),
		weightsTable("paths", "Heaviest paths", "path", r.Paths),
		weightsTable("directories", "Heaviest directories, with what is below them", "directory", r.Directories),
		weightsTable("kinds", "Kinds of files", "kind", r.Kinds),
		weightsTable("extensions", "Extensions", "extension", r.Extensions),
		weightsTable("authors", "Authors", "author", r.Authors),
		treeTable(r), lfsTable(r), duplicatesTable(r), findsTable(r), unreachableTable(r),
	}
	ofCommit := []string{"extensions", "authors", "tree", "duplicates", "finds"}
	return slices.DeleteFunc(all, func(t auditTable) bool {
		return len(t.Rows) == 0 || r.Growth != nil && slices.Contains(ofCommit, t.ID)
	})
}

func commitsTable(r audit.Report) auditTable {
	t := auditTable{ID: "commits", Title: "Commits of the range, the heaviest first", Columns: []column{
		{"packed", sizeColumn, 0}, {"LFS", sizeColumn, 0}, {"commit", wordColumn, 0}, {"subject", phraseColumn, 0},
		{"author", textColumn, 1}, {"date", wordColumn, 2},
	}}
	if r.Growth == nil {
		return t
	}
	commits := slices.Clone(r.Growth.Commits)
	slices.SortStableFunc(commits, func(a, b audit.CommitGrowth) int {
		return cmp.Compare(b.Added.Packed+b.LFS, a.Added.Packed+a.LFS)
	})
	for _, c := range commits {
		t.Rows = append(t.Rows, auditRow{Solid: c.Added.Packed, Cells: []entry{
			sizeEntry(c.Added.Packed), sizeEntry(c.LFS), textEntry(shortHash(c.Commit)), textEntry(c.Subject),
			textEntry(c.Author), textEntry(day(c.Date)),
		}})
	}
	if r.Growth.LFS == 0 {
		t.dropColumn(1)
	}
	return t
}

func blobsTable(r audit.Report) auditTable {
	t := auditTable{
		ID: "blobs", Title: "Largest blobs of history", Note: "Unpacked, with the commit that brought each first.",
		Columns: []column{
			{"size", sizeColumn, 0}, {"path", nameColumn, 0}, {"commit", wordColumn, 3}, {"author", textColumn, 2},
			{"date", wordColumn, 1}, {"packed", sizeColumn, 4}, {"now", wordColumn, 0},
		},
	}
	if r.Growth != nil {
		t.Title = "Largest blobs that the range brings"
	}
	for _, b := range r.Largest {
		t.Rows = append(t.Rows, blobRow(b, thereOrGone(b.InTree)))
	}
	return t
}

func blobRow(b audit.Blob, there entry) auditRow {
	row := auditRow{Solid: b.Bytes, Cells: []entry{
		sizeEntry(b.Bytes), textEntry(b.Path), textEntry(shortHash(b.Commit)), textEntry(b.Author),
		textEntry(day(b.Date)), sizeEntry(b.Packed), there,
	}}
	if !b.InTree {
		row.Solid, row.Shaded = 0, b.Bytes
	}
	return row
}

// weightsTable is what names add up to, packed.
func weightsTable(id, title, what string, weights []audit.Weight) auditTable {
	t := auditTable{ID: id, Title: title, Columns: []column{
		{"packed", sizeColumn, 0}, {what, nameColumn, 0}, {"now", sizeColumn, 2}, {"deleted", sizeColumn, 0}, {"blobs", numberColumn, 1},
	}}
	for _, w := range weights {
		if w.History.Count == 0 { // only the checkout has it
			continue
		}
		deleted := max(w.History.Packed-w.Now.Packed, 0)
		name := w.Name
		if name == "" {
			name = "(none)"
		}
		t.Rows = append(t.Rows, auditRow{Solid: w.Now.Packed, Shaded: deleted, Cells: []entry{
			sizeEntry(w.History.Packed), textEntry(name), sizeEntry(w.Now.Packed), sizeEntry(deleted), countEntry(w.History.Count),
		}})
	}
	return t
}

func treeTable(r audit.Report) auditTable {
	t := auditTable{
		ID: "tree", Title: "Largest files of " + shortHash(r.Commit),
		Columns: []column{
			{"size", sizeColumn, 0}, {"path", nameColumn, 0}, {"commit", wordColumn, 3}, {"author", textColumn, 2}, {"date", wordColumn, 1},
		},
	}
	for _, b := range r.LargestInTree {
		row := blobRow(b, entry{})
		row.Cells = row.Cells[:5]
		row.Solid, row.Shaded = b.Bytes, 0
		t.Rows = append(t.Rows, row)
	}
	return t
}

// monthsTable is how the history grew; of one month there is nothing to tell.
func monthsTable(r audit.Report) auditTable {
	t := auditTable{ID: "months", Title: "Growth by month", Columns: []column{
		{"month", wordColumn, 0}, {"packed", sizeColumn, 0}, {"commits", numberColumn, 0},
	}}
	if r.LFS.History.Files > 0 {
		t.Columns = append(t.Columns, column{"LFS", sizeColumn, 0})
	}
	if len(r.Months) < 2 {
		return t
	}
	for _, m := range r.Months {
		row := auditRow{Solid: m.Added.Packed, Cells: []entry{textEntry(m.Month), sizeEntry(m.Added.Packed), countEntry(m.Commits)}}
		if len(t.Columns) > len(row.Cells) {
			row.Cells = append(row.Cells, sizeEntry(m.LFS))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// foldFrom is how many months without a commit are worth a line that stands
// for all of them.
const foldFrom = 3

// lastMonths is the last rows of a table of months, with a word about the rest.
// A silence is one row, so that it doesn't hide what was before.
func lastMonths(t auditTable, most int) auditTable {
	rows := t.Rows
	t.Rows = nil
	for len(rows) > 0 && len(t.Rows) < most {
		silent := silence(rows)
		last := rows[len(rows)-max(silent, 1):]
		rows = rows[:len(rows)-len(last)]
		if silent >= foldFrom {
			last = []auditRow{{Cells: slices.Clone(last[0].Cells)}}
			last[0].Cells[0] = textEntry(fmt.Sprintf("%d empty", silent))
		}
		t.Rows = append(last[:len(last):len(last)], t.Rows...)
	}
	if len(rows) > 0 {
		var packed int64
		for _, row := range rows {
			packed += row.Solid
		}
		t.Note = fmt.Sprintf("Before them %s brought %s.", count(len(rows), "month", "months"), diag.Size(packed))
	}
	return t
}

// silence is how many of the last months brought nothing at all.
func silence(months []auditRow) int {
	for i := range months {
		row := months[len(months)-1-i]
		if slices.ContainsFunc(row.Cells[1:], func(e entry) bool { return e.Value != 0 }) {
			return i
		}
	}
	return len(months)
}
