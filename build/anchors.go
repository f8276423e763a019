package build

import "slices"

// The distances of a ladder's rungs, in commits along first parents. Anchors
// that double from 2 to 256 cost a commit the fewest bytes of all spacings that
// were measured on three real histories, for five layers on average.
const (
	widestStep    = 256
	narrowestStep = 2
	// bottomLag is how long the lowest anchor stays behind: a branch that
	// crosses a multiple of widestStep would send its whole tree otherwise.
	bottomLag = 32
)

// Anchors are the depths, ascending, of the commits whose trees a commit's
// layers are the differences of. A depth is how many first parents lead from a
// commit to its root. The lowest is a multiple of 256 that lags behind, the
// others are the greatest multiples of 128, 64, … 2; the commit itself, which
// stands on top of them, is not among them.
func Anchors(depth int) []int {
	anchors := []int{max(0, depth-bottomLag) / widestStep * widestStep}
	for step := widestStep / 2; step >= narrowestStep; step /= 2 {
		if at := depth / step * step; at > anchors[len(anchors)-1] && at < depth {
			anchors = append(anchors, at)
		}
	}
	return slices.DeleteFunc(anchors, func(at int) bool { return at >= depth })
}
