package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gantline.dev/gantline/internal/diag"
)

// chart is growth over time with coordinates, what templates/growth.html draws:
// a stacked bar a month, and a line of what it adds up to.
type chart struct {
	Class          string
	Width, Height  int
	Left, Right    float64 // where the plot begins and ends
	Top, Bottom    float64
	Title          string
	Description    string
	Grid           []gridLine
	Ticks          []gridLine
	Bars           []chartBar
	Line           string
	Sum            string // at the end of the line
	SumX, SumY     float64
	Months         []chartBar // a strip for each month, for its tooltip
	TickY, AxisEnd float64
}

// gridLine is a line with a label: across at Y, or a tick at X.
type gridLine struct {
	At    float64
	Label string
}

type chartBar struct {
	rect
	Class string
	Full  string
}

// monthStack is what one month brought, in parts.
type monthStack struct {
	Month string // 2006-01
	Parts []stackPart
	Full  string
}

type stackPart struct {
	Class string
	Bytes int64
}

func (m monthStack) bytes() int64 {
	var sum int64
	for _, part := range m.Parts {
		sum += part.Bytes
	}
	return sum
}

// Measures of a chart, in CSS pixels.
const (
	chartWide, chartNarrow = 1024.0, 388.0
	chartTop               = 24.0
	axisHeight             = 28.0
	barMost                = 46.0
	barLeast               = 1.0 // what is not nothing is to be seen
	tickRoom               = 62.0
)

// drawChart gives months their bars, in a drawing of that height.
func drawChart(title string, months []monthStack, height float64, narrow bool) chart {
	c := chart{Class: "wide", Title: title, Width: int(chartWide), Height: int(height), Left: 66, Top: chartTop}
	if narrow {
		c.Class, c.Width, c.Left = "tall", int(chartNarrow), 56
	}
	c.Right, c.Bottom = float64(c.Width)-2, height-axisHeight
	c.TickY, c.AxisEnd = c.Bottom+21, c.Bottom+5
	var most, total int64
	for _, month := range months {
		most = max(most, month.bytes())
		total += month.bytes()
	}
	c.Description = fmt.Sprintf("%s in %s, at most %s in one", diag.Size(total), countOf(len(months), "month", "months"), diag.Size(most))
	if most == 0 {
		return c
	}
	top := c.grid(most)
	slot := (c.Right - c.Left) / float64(len(months))
	c.stacks(months, slot, top)
	c.line(months, slot, total)
	c.ticks(months, slot)
	return c
}

// grid is lines at round sizes; it returns the size at the top of the plot.
func (c *chart) grid(most int64) float64 {
	step := niceStep(float64(most) / 4.2)
	top := math.Max(float64(most)*1.04, step)
	for size := 0.0; size <= top; size += step {
		c.Grid = append(c.Grid, gridLine{c.y(size, top), axisSize(size)})
	}
	return top
}

// y is where a size is, when another one is at the top.
func (c *chart) y(size, top float64) float64 {
	return c.Bottom - size/top*(c.Bottom-c.Top)
}

func (c *chart) stacks(months []monthStack, slot, top float64) {
	width := min(slot*.78, barMost)
	if slot < 3 {
		width = slot
	}
	for i, month := range months {
		left := c.Left + slot*float64(i)
		c.Months = append(c.Months, chartBar{rect: rect{left, c.Top, slot, c.Bottom - c.Top}, Full: month.Full})
		sum := 0.0
		for _, part := range month.Parts {
			if part.Bytes <= 0 {
				continue
			}
			sum += float64(part.Bytes)
			height := max(float64(part.Bytes)/top*(c.Bottom-c.Top), 0)
			c.Bars = append(c.Bars, chartBar{rect: rect{left + (slot-width)/2, c.y(sum, top), width, height}, Class: part.Class})
		}
		if n := len(c.Bars); n > 0 && sum > 0 && c.Bottom-c.y(sum, top) < barLeast {
			c.Bars[n-1].Y, c.Bars[n-1].H = c.Bottom-barLeast, barLeast
		}
	}
}

// line is what the months add up to, in a scale of its own: the sum of all is
// at the top of the plot.
func (c *chart) line(months []monthStack, slot float64, total int64) {
	var path strings.Builder
	fmt.Fprintf(&path, "M%.1f %.1f", c.Left, c.Bottom)
	sum := 0.0
	for i, month := range months {
		sum += float64(month.bytes())
		fmt.Fprintf(&path, "L%.1f %.1f", c.Left+slot*(float64(i)+1), c.y(sum, float64(total)))
	}
	c.Line = path.String()
	c.Sum, c.SumX, c.SumY = diag.Size(total).String()+" in all", c.Right, c.Top-8
}

// ticks names months where there is room: each, or every so many, or years.
func (c *chart) ticks(months []monthStack, slot float64) {
	stride := 1
	for _, stride = range []int{1, 2, 3, 6, 12, 24, 60, 120, 240} {
		if slot*float64(stride) >= tickRoom {
			break
		}
	}
	for i, month := range months {
		year, number, ok := parseMonth(month.Month)
		if !ok || (year*12+number-1)%stride != 0 {
			continue
		}
		label := time.Month(number).String()[:3] + " " + strconv.Itoa(year)
		at := c.Left + slot*(float64(i)+.5)
		if stride >= 12 {
			label, at = strconv.Itoa(year), c.Left+slot*float64(i)
		}
		if half := sansWidth(label, 12) / 2; at-half < 0 || at+half > float64(c.Width) {
			continue
		}
		c.Ticks = append(c.Ticks, gridLine{at, label})
	}
}

func parseMonth(text string) (year, month int, ok bool) {
	at, err := time.Parse("2006-01", text)
	return at.Year(), int(at.Month()), err == nil
}

// niceStep is the round number (1, 2 or 5 times a power of ten) from a value
// on.
func niceStep(value float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(value, 1))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if factor*power >= value {
			return factor * power
		}
	}
	return 10 * power
}

// axisSize is a round size without the zeros behind its point.
func axisSize(bytes float64) string {
	if bytes == 0 {
		return "0"
	}
	number, unit, _ := strings.Cut(diag.Size(int64(bytes+.5)).String(), " ")
	if strings.Contains(number, ".") {
		number = strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
	}
	return number + " " + unit
}
