package wheels

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
)

// Wheels from largeWheel bytes have a layer of their own, the others share
// buckets: a changed small wheel costs an eighth of the small ones, one percent
// of a usual environment at worst.
const (
	largeWheel = 4 << 20
	buckets    = 8
)

// MinLayers is the fewest layers that Group can be held to.
const MinLayers = buckets

// Group cuts wheels into layers, at most budget of them: large ones each alone,
// the largest first, then buckets by name. Where there are more large wheels
// than the budget has layers for, what counts as large doubles.
//
// What a wheel's layer is besides itself depends on names alone, so that another
// version of a small wheel changes its own bucket and nothing else.
func Group(archives []Archive, budget int) [][]Archive {
	limit := int64(largeWheel)
	count := func() (n int) {
		for _, a := range archives {
			if a.Size >= limit {
				n++
			}
		}
		return n
	}
	for count() > max(0, budget-buckets) {
		limit *= 2
	}
	var large []Archive
	small := make([][]Archive, buckets)
	for _, a := range archives {
		if a.Size >= limit {
			large = append(large, a)
			continue
		}
		sum := sha256.Sum256([]byte(a.Name))
		small[sum[0]%buckets] = append(small[sum[0]%buckets], a)
	}
	slices.SortFunc(large, func(a, b Archive) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), strings.Compare(a.Name, b.Name))
	})
	var groups [][]Archive
	for _, a := range large {
		groups = append(groups, []Archive{a})
	}
	for _, bucket := range small {
		slices.SortFunc(bucket, func(a, b Archive) int { return strings.Compare(a.Name, b.Name) })
		if len(bucket) > 0 {
			groups = append(groups, bucket)
		}
	}
	return groups
}
