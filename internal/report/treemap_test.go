package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// TestSquarify compares with the example of the paper: sizes 6, 6, 4, 3, 2, 2,
// 1 in a rectangle of 6 by 4.
func TestSquarify(t *testing.T) {
	var out strings.Builder
	for _, r := range squarify([]float64{6, 6, 4, 3, 2, 2, 1}, rect{0, 0, 6, 4}) {
		fmt.Fprintf(&out, "%.2f,%.2f %.2f×%.2f\n", r.X, r.Y, r.W, r.H)
	}
	want := `0.00,0.00 3.00×2.00
0.00,2.00 3.00×2.00
3.00,0.00 1.71×2.33
4.71,0.00 1.29×2.33
3.00,2.33 1.20×1.67
4.20,2.33 1.20×1.67
5.40,2.33 0.60×1.67
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// TestSquarifyFillsTheRectangle holds any sizes to what a treemap promises:
// areas in proportion, inside, and none over another.
func TestSquarifyFillsTheRectangle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		in := rect{10, 20, 20 + 900*random.Float64(), 20 + 900*random.Float64()}
		sizes, total := make([]float64, random.IntN(40)), 0.0
		for i := range sizes {
			sizes[i] = math.Floor(math.Exp(12 * random.Float64()))
			total += sizes[i]
		}
		slices.SortFunc(sizes, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
		boxes := squarify(sizes, in)
		if len(boxes) != len(sizes) {
			t.Fatalf("%d rectangles for %d sizes", len(boxes), len(sizes))
		}
		for i, box := range boxes {
			if want := in.W * in.H * sizes[i] / total; math.Abs(box.W*box.H-want) > 1e-6*in.W*in.H {
				t.Fatalf("%v of %v in %v has an area of %g, want %g", sizes[i], sizes, in, box.W*box.H, want)
			}
			const slack = 1e-6
			if box.X < in.X-slack || box.Y < in.Y-slack || box.X+box.W > in.X+in.W+slack || box.Y+box.H > in.Y+in.H+slack {
				t.Fatalf("%v is not inside %v", box, in)
			}
			for _, other := range boxes[:i] {
				if box.X+slack < other.X+other.W && other.X+slack < box.X+box.W && box.Y+slack < other.Y+other.H && other.Y+slack < box.Y+box.H {
					t.Fatalf("%v and %v overlap", box, other)
				}
			}
		}
	}
}

func TestSquarifyNothing(t *testing.T) {
	if got := squarify(nil, rect{0, 0, 5, 5}); len(got) != 0 {
		t.Errorf("no sizes: %v", got)
	}
	for _, box := range squarify([]float64{0, 0}, rect{0, 0, 5, 5}) {
		if box != (rect{}) {
			t.Errorf("sizes of 0: %v", box)
		}
	}
	for _, box := range squarify([]float64{3, 0}, rect{0, 0, 0, 5}) {
		if box.W*box.H != 0 {
			t.Errorf("no room: %v", box)
		}
	}
}

// TestTreemap shows a small map as text.
func TestTreemap(t *testing.T) {
	file := func(name string, bytes int64, gone bool) audit.Area {
		return audit.Area{Name: name, Bytes: bytes, Files: 1, Kind: repoclean.KindOf(name), Deleted: gone}
	}
	root := audit.Area{Bytes: 1000, Files: 9, Areas: []audit.Area{
		{Name: "checkpoints", Bytes: 600, Files: 2, Kind: repoclean.Model, Deleted: true, Areas: []audit.Area{
			{Name: "run-1", Bytes: 600, Files: 2, Kind: repoclean.Model, Deleted: true, Areas: []audit.Area{
				file("step-100.safetensors", 400, true), file("step-200.safetensors", 200, true)}},
		}},
		{Name: "data", Bytes: 300, Files: 4, Kind: repoclean.Data, Areas: []audit.Area{
			file("train.parquet", 200, false), {Name: "…", Bytes: 70, Files: 2, Kind: repoclean.Data}, file("test.parquet", 30, false)}},
		file("README.md", 90, false),
		file("a.py", 10, false), file("empty", 0, false),
	}}
	var out strings.Builder
	for _, narrow := range []bool{false, true} {
		m := drawTreemap("map", "Map", root, narrow)
		fmt.Fprintf(&out, "%s %s %d×%d: %s\n", m.ID, m.Class, m.Width, m.Height, m.Description)
		for _, box := range append(slices.Clone(m.Frames), m.Tiles...) {
			fmt.Fprintf(&out, "  %-14s %6.1f %6.1f %6.1f×%-6.1f %q %q %q\n", box.Class, box.X, box.Y, box.W, box.H, box.Label, box.Size, box.Full)
		}
		fmt.Fprintf(&out, "  hatch %s\n", m.Hatch)
	}
	golden(t, "treemap.txt", []byte(out.String()))
}
