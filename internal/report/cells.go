package report

import (
	"strings"
	"unicode"
)

// A terminal counts in cells: most characters take one, those of East Asian
// scripts and emoji two, and marks that combine with the one before take none.

// cellsOf is how many cells of a terminal a text takes.
func cellsOf(text string) int {
	n := 0
	for _, r := range text {
		n += cellsOfRune(r)
	}
	return n
}

func cellsOfRune(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// shorten is a text in so many cells at most. What is too long loses its
// middle, so that a path keeps where it begins and, more of it, how it ends.
func shorten(text string, most int) string {
	if cellsOf(text) <= most {
		return text
	}
	if most < 2 {
		return "…"[:min(most, 1)*len("…")]
	}
	runes := []rune(text)
	head, tail := (most-1)*2/5, (most-1)-(most-1)*2/5
	from, to := 0, len(runes)
	for from < len(runes) && head-cellsOfRune(runes[from]) >= 0 {
		head -= cellsOfRune(runes[from])
		from++
	}
	for to > from && tail-cellsOfRune(runes[to-1]) >= 0 {
		tail -= cellsOfRune(runes[to-1])
		to--
	}
	return string(runes[:from]) + "…" + string(runes[to:])
}

// shortenEnd is a text in so many cells at most, of which the end gives way.
func shortenEnd(text string, most int) string {
	if cellsOf(text) <= most {
		return text
	}
	var out strings.Builder
	room := most - 1
	for _, r := range text {
		if room -= cellsOfRune(r); room < 0 {
			break
		}
		out.WriteRune(r)
	}
	return strings.TrimRight(out.String(), " ") + "…"
}

// padded is a text filled up to a width: at its end, or with right before it.
func padded(text string, width int, right bool) string {
	fill := strings.Repeat(" ", max(width-cellsOf(text), 0))
	if right {
		return fill + text
	}
	return text + fill
}

// wrapped is a text in lines of at most so many cells, broken at spaces. A word
// that is longer stands alone.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && cellsOf(line)+1+cellsOf(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// bar is two parts of a whole as blocks: the first solid, the second shaded.
// What is not nothing is always to be seen, what is less than a cell as a thin
// line of the larger part.
func bar(solid, shaded, whole int64, width int) (blocks, shades string) {
	total := solid + shaded
	if whole <= 0 || total <= 0 {
		return "", ""
	}
	eighths := max(int(float64(width)*8*float64(total)/float64(whole)+0.5), 1)
	switch {
	case shaded <= 0 || eighths < 8 && solid >= shaded:
		rest := [...]string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}[eighths%8]
		return strings.Repeat("█", eighths/8) + rest, ""
	case eighths < 4:
		return "", "┊"
	}
	cells := (eighths + 4) / 8
	first := int(float64(cells)*float64(solid)/float64(total) + 0.5)
	if cells > 1 && solid > 0 {
		first = min(max(first, 1), cells-1)
	}
	return strings.Repeat("█", first), strings.Repeat("░", cells-first)
}
