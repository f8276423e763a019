package audit

import (
	"slices"
)

// best keeps the first n of many values in an order.
type best[T any] struct {
	n       int
	compare func(a, b T) int
	list    []T // sorted
}

func (b *best[T]) offer(v T) {
	if len(b.list) == b.n && (b.n == 0 || b.compare(v, b.list[b.n-1]) >= 0) {
		return
	}
	at, _ := slices.BinarySearchFunc(b.list, v, b.compare)
	b.list = slices.Insert(b.list, at, v)
	b.list = b.list[:min(len(b.list), b.n)]
}

// sorted is what was kept; never nil.
func (b *best[T]) sorted() []T { return append([]T{}, b.list...) }
