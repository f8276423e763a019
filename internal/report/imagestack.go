package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
)

// layerStack is an image's layers lying on each other, with coordinates: what
// templates/image.html draws. A layer is as wide as its size, on a logarithmic
// scale: a commit's layer has a millionth of its base's bytes.
type layerStack struct {
	Class         string
	Width, Height int
	Top, Bottom   float64 // of the plot
	TickY         float64
	Title         string
	Description   string
	Grid          []gridLine
	Rows          []stackRow
}

// stackRow is one layer. From is what fits of what it is made from.
type stackRow struct {
	rect
	Class       string
	Kind, Label string
	From        string
	KindX       float64
	LabelX      float64
	FromX       float64
	TextY       float64
	Full        string
}

// Measures of a stack, in CSS pixels.
const (
	rowHeight, rowGap = 19.0, 2.0
	stackTop          = 4.0
	stackKind         = 148.0 // room for a number and a kind
	stackKindNarrow   = 128.0
	stackPlot         = 430.0
	stackPlotNarrow   = 190.0
	stackSize         = 74.0 // room for a size
	stackFont         = 11.5
	stackLeast        = 3.0 // what is not nothing is to be seen
	smallestDrawn     = 100 // bytes, at the left end of the scale
)

// drawLayers gives layers their coordinates, the lowest at the bottom.
func drawLayers(image Image, narrow bool) layerStack {
	layers := image.View.Layers()
	s := layerStack{
		Class: "wide", Width: int(chartWide), Title: "Layers of " + streams.Safe(image.Name), Top: stackTop,
		Description: diag.Size(image.View.Bytes()).String() + " in " + count(len(layers), "layer", "layers"),
	}
	left, plot := stackKind, stackPlot
	if narrow {
		s.Class, s.Width, left, plot = "tall", int(chartNarrow), stackKindNarrow, stackPlotNarrow
	}
	s.Bottom = stackTop + float64(len(layers))*(rowHeight+rowGap)
	s.TickY, s.Height = s.Bottom+17, int(s.Bottom+axisHeight)
	scale := logScale(layers, plot)
	for _, at := range scale.ticks() {
		s.Grid = append(s.Grid, gridLine{left + scale.width(at), axisSize(at)})
	}
	for i, l := range slices.Backward(layers) {
		row := stackRow{
			rect:  rect{left, stackTop + float64(len(layers)-1-i)*(rowHeight+rowGap), scale.width(float64(l.Size)), rowHeight},
			Class: stackClass(image, i), KindX: left - 8, Full: stackTitle(image, i),
		}
		row.Kind = clipSans(strconv.Itoa(i+1)+"  "+streams.Safe(l.Kind.Text()), stackFont, left-12)
		row.Label, row.LabelX, row.TextY = diag.Size(l.Size).String(), left+row.W+7, row.Y+13.5
		if row.FromX = left + plot + stackSize; !narrow {
			row.From = clipSans(streams.Safe(image.Inputs[i]), stackFont, float64(s.Width)-row.FromX)
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// stackClass is a layer's colour: of its kind, or grey where the node has it.
func stackClass(image Image, i int) string {
	class := layerClass(string(image.View.Layers()[i].Kind))
	if image.Against == nil {
		return class
	}
	switch image.Against.Each[i] {
	case build.PullNothing:
		return "shared"
	case build.PullUnpacks:
		return class + " again"
	}
	return class
}

// stackTitle is what a pointer on a layer is told.
func stackTitle(image Image, i int) string {
	l := image.View.Layers()[i]
	text := layerText(image, i) + "\n" + diag.Size(l.Size).String()
	if image.Inside != nil {
		in := image.Inside.Layers[i]
		text += fmt.Sprintf(", %s unpacked in %s", diag.Size(in.Bytes), countOf(in.Files, "file", "files"))
		if in.Wasted > 0 {
			text += fmt.Sprintf(", %s wasted", diag.Size(in.Wasted))
		}
	}
	if image.Inputs[i] != "" {
		text += "\n" + shortenEnd(image.Inputs[i], fromMost)
	}
	if image.Against != nil {
		text += "\n" + map[build.LayerPull]string{
			build.PullNothing: "the node has it", build.PullUnpacks: "the node has it, and unpacks it again", build.PullDownload: "the node pulls it",
		}[image.Against.Each[i]]
	}
	return streams.SafeLines(text + "\n" + l.Digest)
}

// sizeScale turns sizes into widths, by their logarithms.
type sizeScale struct{ low, high, room float64 }

// logScale is a scale from a hundred bytes, or the smallest layer, to the
// largest layer.
func logScale(layers []build.Layer, room float64) sizeScale {
	low, high := float64(smallestDrawn), 0.0
	for _, l := range layers {
		if l.Size > 0 {
			low = min(low, float64(l.Size))
		}
		high = max(high, float64(l.Size))
	}
	return sizeScale{math.Log10(low), max(math.Log10(max(high, 1)), math.Log10(low)+1), room}
}

func (s sizeScale) width(bytes float64) float64 {
	if bytes < 1 {
		return 0
	}
	return max((math.Log10(bytes)-s.low)/(s.high-s.low)*s.room, stackLeast)
}

// ticks are kilobyte, megabyte and so on, as far as the scale goes.
func (s sizeScale) ticks() []float64 {
	var out []float64
	for exponent := 3.0; exponent <= s.high; exponent += 3 {
		out = append(out, math.Pow(10, exponent))
	}
	return out
}
