package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// drawing is a graph with coordinates, what templates/graph.html draws.
type drawing struct {
	Class         string
	Width, Height int // of the drawing's own coordinates
	ShownWidth    int // in CSS pixels, where there is room
	ShownHeight   int
	Title         string
	Description   string
	Boxes         []box
	Lines         []line
}

// box is one node: a rounded rectangle with its texts.
type box struct {
	X, Y, W, H float64
	Mark       Mark
	Label      string
	Full       string // label, detail and mark, for the tooltip
	Details    []textLine
	LabelX     float64
	LabelY     float64
	Tag        string // sign and word of the mark
	TagX, TagY float64
}

type textLine struct {
	Text string
	X, Y float64
}

// line is one edge: a curve and its arrowhead.
type line struct {
	Path  string
	Arrow string
	Mark  Mark
	Full  string
}

// Measures of the drawing, in CSS pixels at its natural size.
const (
	boxPad       = 12.0
	labelHeight  = 17.0
	detailHeight = 15.0
	boxMin       = 96.0
	labelWidth   = 8.5 // of a mean character of a label, in a wide font
	detailWidth  = 6.5
	margin       = 14.0
	arrowLength  = 7.0
)

// tallScale is how much smaller a drawing for narrow screens is shown.
const tallScale = 0.86

// direction is where a drawing flows: right on wide screens, down on narrow
// ones.
type direction int

const (
	right direction = iota
	down
)

// spacing is the gaps between the boxes of a rank and between ranks, and the
// widest that a box may be.
func (d direction) spacing() (gap, rankGap, widest float64) {
	if d == down {
		return 16, 38, 178
	}
	return 22, 52, 248
}

// draw gives a graph its coordinates.
func draw(name string, g Graph, towards direction) drawing {
	boxes := make([]box, len(g.Nodes))
	sizes := make([]float64, len(g.Nodes))
	gap, rankGap, widest := towards.spacing()
	for i, node := range g.Nodes {
		boxes[i] = boxOf(node, widest)
		if sizes[i] = boxes[i].H; towards == down {
			sizes[i] = boxes[i].W
		}
	}
	l := layOut(g, sizes, gap)
	starts, ends := rankEdges(l, boxes, rankGap, towards)
	for _, p := range l.places {
		if p.node < 0 {
			continue
		}
		b := &boxes[p.node]
		if towards == down {
			b.moveTo(p.at-b.W/2+margin, starts[p.rank])
		} else {
			b.W = ends[p.rank] - starts[p.rank] // boxes of a column are as wide as the widest
			b.moveTo(starts[p.rank], p.at-b.H/2+margin)
		}
	}
	length, breadth := margin, l.breadth()+2*margin
	if len(ends) > 0 {
		length += ends[len(ends)-1]
	}
	d := drawing{Class: "wide", Title: name, Description: g.Describe(), Boxes: boxes, Width: int(length + 1), Height: int(breadth + 1)}
	scale := 1.0
	if towards == down {
		d.Class, d.Width, d.Height = "tall", d.Height, d.Width
		scale = tallScale
	}
	d.ShownWidth, d.ShownHeight = int(float64(d.Width)*scale), int(float64(d.Height)*scale)
	for _, edge := range l.edges {
		d.Lines = append(d.Lines, lineOf(edge, l, boxes, starts, ends, towards))
	}
	return d
}

// rankEdges is where each rank begins and ends along the flow.
func rankEdges(l layered, boxes []box, gap float64, towards direction) (starts, ends []float64) {
	at := margin
	for _, rank := range l.ranks {
		most := 0.0
		for _, i := range rank {
			if node := l.places[i].node; node >= 0 && towards == down {
				most = max(most, boxes[node].H)
			} else if node >= 0 {
				most = max(most, boxes[node].W)
			}
		}
		starts, ends = append(starts, at), append(ends, at+most)
		at += most + gap
	}
	return starts, ends
}

// boxOf is a node's box with its size and texts, not yet at a place.
func boxOf(node Node, widest float64) box {
	room := widest - 2*boxPad
	b := box{Mark: node.Mark, Label: clip(node.Label, int(room/labelWidth)), Full: node.Label}
	width := textWidth(b.Label) * labelWidth
	for _, text := range detailLines(node.Detail, int(room/detailWidth)) {
		b.Full += "\n" + text
		text = clip(text, int(room/detailWidth))
		b.Details = append(b.Details, textLine{Text: text})
		width = max(width, textWidth(text)*detailWidth)
	}
	if node.Mark != Unmarked {
		b.Tag = node.Mark.Sign() + " " + string(node.Mark)
		b.Full += "\n" + string(node.Mark)
		width = max(width, textWidth(b.Tag)*detailWidth)
	}
	b.W = min(max(width+2*boxPad, boxMin), widest)
	b.H = 2*boxPad + labelHeight + float64(len(b.Details))*detailHeight - 3
	if b.Tag != "" {
		b.H += detailHeight
	}
	return b
}

// detailLines is a detail in lines of so many characters, three at most: broken
// where it says so, and at middle dots where a line is too long.
func detailLines(detail string, most int) []string {
	const dot = " · "
	var out []string
	for text := range strings.SplitSeq(detail, "\n") {
		line := ""
		for part := range strings.SplitSeq(text, dot) {
			if line != "" && textWidth(line+dot+part) > float64(most) {
				out, line = append(out, line), ""
			}
			line = strings.TrimPrefix(line+dot+part, dot)
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return out[:min(len(out), 3)]
}

// moveTo sets the box's corner and the places of its texts.
func (b *box) moveTo(x, y float64) {
	b.X, b.Y = x, y
	at := y + boxPad
	if b.Tag != "" {
		b.TagX, b.TagY = x+boxPad, at+9
		at += detailHeight
	}
	b.LabelX, b.LabelY = x+boxPad, at+12
	at += labelHeight
	for i := range b.Details {
		b.Details[i].X, b.Details[i].Y = x+boxPad, at+10
		at += detailHeight
	}
}

// lineOf is an edge as a smooth curve from the end of one box to the start of
// the other, straight where it passes a rank.
func lineOf(r routed, l layered, boxes []box, starts, ends []float64, towards direction) line {
	point := func(along, across float64) string {
		if towards == down {
			return fmt.Sprintf("%.1f %.1f", across, along)
		}
		return fmt.Sprintf("%.1f %.1f", along, across)
	}
	var path strings.Builder
	first := l.places[r.through[0]]
	along, across := boxEnd(first, boxes, starts, towards), first.at+margin
	path.WriteString("M" + point(along, across))
	for k, i := range r.through[1:] {
		p := l.places[i]
		to, at := starts[p.rank], p.at+margin
		last := k == len(r.through)-2
		if last {
			to -= arrowLength - 1
		}
		half := (to - along) / 2
		fmt.Fprintf(&path, "C%s %s %s", point(along+half, across), point(to-half, at), point(to, at))
		if along, across = to, at; !last {
			along = ends[p.rank]
			path.WriteString("L" + point(along, across))
		}
	}
	tip, foot := along+arrowLength, along-1
	if r.reversed { // the arrow stands at the other end
		start := boxEnd(first, boxes, starts, towards)
		tip, foot, across = start, start+arrowLength+1, first.at+margin
	}
	return line{
		Path: path.String(), Mark: r.edge.Mark, Full: r.edge.To + " waits for " + r.edge.From,
		Arrow: "M" + point(tip, across) + "L" + point(foot, across-4) + "L" + point(foot, across+4) + "Z",
	}
}

// boxEnd is where an edge leaves a box.
func boxEnd(p place, boxes []box, starts []float64, towards direction) float64 {
	if towards == down {
		return starts[p.rank] + boxes[p.node].H
	}
	return starts[p.rank] + boxes[p.node].W
}

// textWidth is the length of a text in mean characters; those of East Asian
// scripts and emoji count double.
func textWidth(text string) float64 {
	width := 0.0
	for _, r := range text {
		if width++; r >= 0x1100 {
			width++
		}
	}
	return width
}

// clip shortens a text to a number of mean characters.
func clip(text string, most int) string {
	if textWidth(text) <= float64(most) {
		return text
	}
	for textWidth(text) > float64(most-1) {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text + "…"
}
