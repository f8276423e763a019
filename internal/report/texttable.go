package report

import (
	"strings"

	"gantline.dev/gantline/internal/streams"
)

// textLayout is which columns of a table a terminal has room for, and how wide
// each is.
type textLayout struct {
	shown  []int // columns
	widths []int // by column of the table
	bar    int   // 0 for none
	barAt  int   // the column that the bar follows
	nameAt int   // where names begin
	whole  int64 // the longest bar
}

const indent = 2

// layOutTable gives columns their widths: what they need, except for the name,
// which gets what is left. While that is too little the most minor column goes.
func layOutTable(t auditTable, width int) textLayout {
	l := textLayout{widths: make([]int, len(t.Columns)), barAt: -1, whole: t.whole()}
	for i, column := range t.Columns {
		l.shown = append(l.shown, i)
		l.widths[i] = naturalWidth(t, i)
		if column.Kind == sizeColumn && l.barAt < 0 && l.whole > 0 {
			l.barAt = i
			l.bar = min(max(width/9, 6), 12)
		}
	}
	name := flexible(t)
	if kind := t.Columns[name].Kind; kind != nameColumn && kind != phraseColumn && l.bar > 0 { // then the bar takes what is left
		l.bar = min(max(width-l.length()+l.bar, 6), 40)
	}
	natural := l.widths[name]
	for {
		l.widths[name] = min(natural, width-l.length()+natural)
		if l.widths[name] >= min(natural, nameLeast) || !l.drop(t) {
			break
		}
		l.widths[name] = natural
	}
	l.widths[name] = max(l.widths[name], min(natural, 8))
	l.nameAt = l.start(name)
	return l
}

// flexible is the column that is shortened where there is too little room:
// that of names or phrases, or else the first of words.
func flexible(t auditTable) int {
	for _, kind := range []columnKind{nameColumn, phraseColumn, textColumn, wordColumn} {
		for i, column := range t.Columns {
			if column.Kind == kind {
				return i
			}
		}
	}
	return 0
}

// naturalWidth is what a column needs.
func naturalWidth(t auditTable, i int) int {
	most := cellsOf(t.Columns[i].Name)
	for _, row := range t.Rows {
		most = max(most, cellsOf(streams.Safe(row.Cells[i].Text)))
	}
	if t.Columns[i].Kind == textColumn && t.Columns[i].Minor > 0 {
		most = min(most, authorMax)
	}
	return most
}

// drop leaves out the shown column that is most minor.
func (l *textLayout) drop(t auditTable) bool {
	at := -1
	for k, i := range l.shown {
		if t.Columns[i].Minor > 0 && (at < 0 || t.Columns[i].Minor > t.Columns[l.shown[at]].Minor) {
			at = k
		}
	}
	if at < 0 {
		return false
	}
	l.shown = append(l.shown[:at:at], l.shown[at+1:]...)
	return true
}

// length is how long a line is.
func (l *textLayout) length() int { return l.start(-1) - indent }

// start is where a column begins, or for -1 where the line would go on.
func (l *textLayout) start(column int) int {
	at := indent
	for _, i := range l.shown {
		if i == column {
			return at
		}
		at += l.widths[i] + indent
		if i == l.barAt && l.bar > 0 {
			at += l.bar + 1
		}
	}
	return at
}

func (l *textLayout) header(t auditTable) string {
	return l.join(t, func(i int) string { return t.Columns[i].Name }, strings.Repeat(" ", l.bar), plainColour)
}

func (l *textLayout) row(t auditTable, row auditRow, palette streams.Palette) string {
	barText := ""
	if l.bar > 0 {
		solid, shaded := bar(row.Solid, row.Shaded, l.whole, l.bar)
		barText = palette.Link(solid) + palette.Faint(shaded) + strings.Repeat(" ", max(l.bar-cellsOf(solid+shaded), 0))
	}
	return l.join(t, func(i int) string { return streams.Safe(row.Cells[i].Text) }, barText, palette.Faint)
}

// join is a line of cells; what is minor is faint.
func (l *textLayout) join(t auditTable, text func(int) string, barText string, faint func(string) string) string {
	var out strings.Builder
	for _, i := range l.shown {
		out.WriteString(strings.Repeat(" ", indent))
		column := t.Columns[i]
		cell := text(i)
		switch column.Kind {
		case nameColumn:
			cell = shorten(cell, l.widths[i])
		case phraseColumn, textColumn, wordColumn:
			cell = shortenEnd(cell, l.widths[i])
		}
		cell = padded(cell, l.widths[i], column.Kind == sizeColumn || column.Kind == numberColumn)
		if column.Minor > 0 {
			cell = faint(cell)
		}
		out.WriteString(cell)
		if i == l.barAt && l.bar > 0 {
			out.WriteString(" " + barText)
		}
	}
	return out.String()
}
