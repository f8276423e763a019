package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// monthsFrom is months with these bytes, from a month on.
func monthsFrom(year int, month time.Month, bytes ...int64) []monthStack {
	var out []monthStack
	for i, n := range bytes {
		at := time.Date(year, month+time.Month(i), 1, 0, 0, 0, 0, time.UTC)
		out = append(out, monthStack{Month: at.Format("2006-01"), Parts: []stackPart{{"f-model", n / 2}, {"f-code", n - n/2}}})
	}
	return out
}

// TestChart shows small charts as text.
func TestChart(t *testing.T) {
	var out strings.Builder
	for _, test := range []struct {
		name   string
		months []monthStack
		narrow bool
	}{
		{"one month", monthsFrom(2025, 3, 880_000_000), false},
		{"nothing", monthsFrom(2025, 3, 0, 0), false},
		{"three years", monthsFrom(2023, 11, 5_000_000, 0, 120_000_000, 7, 20_000_000), true},
		{"forty years", monthsFrom(1985, 1, make([]int64, 480)...), false},
	} {
		if test.name == "forty years" {
			test.months[100].Parts[0].Bytes = 1000
		}
		c := drawChart("Growth", test.months, 300, test.narrow)
		fmt.Fprintf(&out, "%s: %s %d×%d, %s, %s\n", test.name, c.Class, c.Width, c.Height, c.Description, c.Sum)
		for _, line := range c.Grid {
			fmt.Fprintf(&out, "  grid %.1f %s\n", line.At, line.Label)
		}
		for _, tick := range c.Ticks {
			fmt.Fprintf(&out, "  tick %.1f %s\n", tick.At, tick.Label)
		}
		for _, bar := range c.Bars {
			fmt.Fprintf(&out, "  bar %s %.1f %.1f %.1f×%.1f\n", bar.Class, bar.X, bar.Y, bar.W, bar.H)
		}
		if len(c.Line) < 400 {
			fmt.Fprintf(&out, "  line %s\n", c.Line)
		}
	}
	golden(t, "chart.txt", []byte(out.String()))
}

func TestNiceStep(t *testing.T) {
	for value, want := range map[float64]float64{0: 1, 1: 1, 1.2: 2, 4: 5, 5.1: 10, 31e6: 50e6, 99: 100, 100: 100} {
		if got := niceStep(value); got != want {
			t.Errorf("niceStep(%g) = %g, want %g", value, got, want)
		}
	}
}
