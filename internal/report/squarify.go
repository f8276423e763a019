package report

// rect is a rectangle in CSS pixels.
type rect struct{ X, Y, W, H float64 }

// inset is the rectangle without a margin on each side, and without a strip at
// the top.
func (r rect) inset(margin, top float64) rect {
	return rect{r.X + margin, r.Y + top, max(r.W-2*margin, 0), max(r.H-top-margin, 0)}
}

// squarify divides a rectangle among sizes, the largest first, in proportion
// and as near to squares as can be: rows along the shorter side, each as long
// as adding one more makes its worst rectangle better (Bruls, Huizing and van
// Wijk, "Squarified Treemaps"). A size of 0 gets a rectangle without area.
func squarify(sizes []float64, in rect) []rect {
	total := 0.0
	for _, size := range sizes {
		total += size
	}
	out := make([]rect, 0, len(sizes))
	if total <= 0 {
		return append(out, make([]rect, len(sizes))...)
	}
	scale := in.W * in.H / total
	for len(sizes) > 0 {
		side := min(in.W, in.H)
		n, area := 1, sizes[0]*scale
		for n < len(sizes) {
			next := area + sizes[n]*scale
			if worst(sizes[0]*scale, sizes[n]*scale, next, side) > worst(sizes[0]*scale, sizes[n-1]*scale, area, side) {
				break
			}
			n, area = n+1, next
		}
		var row []rect
		row, in = cutRow(sizes[:n], scale, area, in)
		out, sizes = append(out, row...), sizes[n:]
	}
	return out
}

// worst is the largest ratio of sides in a row of so much area along a side,
// whose largest and smallest areas are given.
func worst(largest, smallest, area, side float64) float64 {
	if area <= 0 || smallest <= 0 {
		return 0
	}
	square := side * side
	return max(square*largest/(area*area), area*area/(square*smallest))
}

// cutRow lays a row along the shorter side and returns what is left.
func cutRow(sizes []float64, scale, area float64, in rect) (row []rect, rest rect) {
	if in.W <= 0 || in.H <= 0 {
		return make([]rect, len(sizes)), in
	}
	if in.W >= in.H {
		width := min(area/in.H, in.W)
		at := in.Y
		for _, size := range sizes {
			height := safeRatio(size*scale, width)
			row = append(row, rect{in.X, at, width, height})
			at += height
		}
		return row, rect{in.X + width, in.Y, in.W - width, in.H}
	}
	height := min(area/in.W, in.H)
	at := in.X
	for _, size := range sizes {
		width := safeRatio(size*scale, height)
		row = append(row, rect{at, in.Y, width, height})
		at += width
	}
	return row, rect{in.X, in.Y + height, in.W, in.H - height}
}

func safeRatio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}
