package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// row is one line of the table. Columns that don't apply are empty.
type row struct{ what, time, ratio, cpu, memory, requests, sent, received, goal string }

var columns = row{"what", "time", "to ours", "cpu", "memory", "requests", "sent", "received", "goal"}

func (r row) cells() []string {
	return []string{r.what, r.time, r.ratio, r.cpu, r.memory, r.requests, r.sent, r.received, r.goal}
}

// section is a heading and the rows below it.
type section struct {
	title string
	rows  []row
}

// writeTable writes the sections with columns of one width, the first to the
// left and the others to the right. A column that no row has is left out.
func writeTable(w io.Writer, sections []section) {
	widths := make([]int, len(columns.cells()))
	for _, s := range sections {
		for _, r := range s.rows {
			for i, cell := range r.cells() {
				widths[i] = max(widths[i], len([]rune(cell)))
			}
		}
	}
	for i, heading := range columns.cells() {
		if widths[i] > 0 {
			widths[i] = max(widths[i], len(heading))
		}
	}
	writeRow(w, columns, widths)
	for _, s := range sections {
		fmt.Fprintf(w, "\n%s\n", s.title)
		for _, r := range s.rows {
			writeRow(w, r, widths)
		}
	}
}

func writeRow(w io.Writer, r row, widths []int) {
	var line strings.Builder
	for i, cell := range r.cells() {
		if widths[i] == 0 {
			continue
		}
		space := strings.Repeat(" ", widths[i]-len([]rune(cell)))
		switch i {
		case 0:
			line.WriteString(cell + space)
		case len(widths) - 1:
			line.WriteString("  " + cell)
		default:
			line.WriteString("  " + space + cell)
		}
	}
	fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
}

// median is the middle one; of an even number the lower of two.
func median[T int | int64 | float64 | time.Duration](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// duration is a time with three digits.
func duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", d.Seconds()*1e6)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// size is a number of bytes with three digits, in powers of ten.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.3g kB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.3g MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.3g GB", float64(n)/1e9)
}

// verdict is a goal and whether it was met.
func verdict(met bool, goal string) string {
	if met {
		return goal + ": met"
	}
	return goal + ": MISSED"
}

func TestTable(t *testing.T) {
	var got strings.Builder
	writeTable(&got, []section{
		{"Code", []row{{what: "ours", time: "1 ms", goal: verdict(true, "fast")}, {what: "theirs", time: "20 µs", ratio: "0.02×"}}},
		{"Docs", []row{{what: "none", goal: verdict(false, "none")}}},
	})
	want := "" +
		"what     time  to ours  goal\n\n" +
		"Code\n" +
		"ours     1 ms           fast: met\n" +
		"theirs  20 µs    0.02×\n\n" +
		"Docs\n" +
		"none                    none: MISSED\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFigures(t *testing.T) {
	if got := median([]int{5, 1, 9, 2}); got != 2 {
		t.Errorf("the median is %d", got)
	}
	for got, want := range map[string]string{
		duration(1234 * time.Nanosecond): "1.23 µs", duration(12345 * time.Microsecond): "12.3 ms", duration(2500 * time.Millisecond): "2.5 s",
		size(999): "999 B", size(12345): "12.3 kB", size(2_140_000_000): "2.14 GB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
