package objdiff

import (
	"encoding/json"
	"slices"
	"strings"
)

// edit is a step of an alignment of two lists: an element of both (base and
// head set), of base alone (head -1) or of head alone (base -1).
type edit struct{ base, head int }

// maxTable bounds the memory of an alignment. Past it what lies between the
// common ends counts as replaced.
const maxTable = 16 << 20

// align is a shortest way from one list to the other. Where there are several,
// removals come before additions.
func align(n, m int, same func(i, j int) bool) []edit {
	var head, tail []edit
	start := 0
	for start < n && start < m && same(start, start) {
		head = append(head, edit{start, start})
		start++
	}
	for n > start && m > start && same(n-1, m-1) {
		n, m = n-1, m-1
		tail = append(tail, edit{n, m})
	}
	slices.Reverse(tail)
	return slices.Concat(head, alignMiddle(start, n, m, same), tail)
}

func alignMiddle(start, n, m int, same func(i, j int) bool) []edit {
	rows, columns := n-start+1, m-start+1
	var table []int32
	if rows*columns <= maxTable {
		table = lengths(start, rows, columns, same)
	}
	var out []edit
	i, j := start, start
	for i < n || j < m {
		at := (i-start)*columns + j - start
		switch {
		case i == n:
			out, j = append(out, edit{-1, j}), j+1
		case j == m || table == nil:
			out, i = append(out, edit{i, -1}), i+1
		case same(i, j) && table[at] == table[at+columns+1]+1:
			out, i, j = append(out, edit{i, j}), i+1, j+1
		case table[at+columns] >= table[at+1]:
			out, i = append(out, edit{i, -1}), i+1
		default:
			out, j = append(out, edit{-1, j}), j+1
		}
	}
	return out
}

// lengths is the table of the longest common subsequences of the lists' tails.
func lengths(start, rows, columns int, same func(i, j int) bool) []int32 {
	table := make([]int32, rows*columns)
	for i := rows - 2; i >= 0; i-- {
		for j := columns - 2; j >= 0; j-- {
			at := i*columns + j
			if same(start+i, start+j) {
				table[at] = table[at+columns+1] + 1
			} else {
				table[at] = max(table[at+columns], table[at+1])
			}
		}
	}
	return table
}

// Line is one line of a comparison of two texts. Op is empty for a line of
// both. Base and Head count lines from 1; 0 where the line is not on that side.
type Line struct {
	Op   Op
	Text string
	Base int
	Head int
}

// Lines compares two texts line by line. A newline at the end of a text ends
// its last line and starts no other.
func Lines(before, after string) []Line {
	base, head := split(before), split(after)
	var out []Line
	for _, e := range align(len(base), len(head), func(i, j int) bool { return base[i] == head[j] }) {
		switch {
		case e.head < 0:
			out = append(out, Line{Op: Removed, Text: base[e.base], Base: e.base + 1})
		case e.base < 0:
			out = append(out, Line{Op: Added, Text: head[e.head], Head: e.head + 1})
		default:
			out = append(out, Line{Text: base[e.base], Base: e.base + 1, Head: e.head + 1})
		}
	}
	return out
}

func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// encode is a tree's value as compact JSON with sorted keys.
func encode(value any) json.RawMessage {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic("objdiff: a decoded value can't be encoded: " + err.Error())
	}
	return json.RawMessage(strings.TrimSuffix(out.String(), "\n"))
}
