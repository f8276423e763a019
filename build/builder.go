package build

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// Builder makes the image of a Spec, or finds it.
type Builder interface {
	Build(ctx context.Context, spec Spec) (Image, error)
}

// Func is a function that is a Builder.
type Func func(ctx context.Context, spec Spec) (Image, error)

// Build implements Builder.
func (f Func) Build(ctx context.Context, spec Spec) (Image, error) { return f(ctx, spec) }

// Limit lets at most n builds run at once; the others wait.
func Limit(inner Builder, n int) Builder {
	slots := semaphore.NewWeighted(int64(max(n, 1)))
	return Func(func(ctx context.Context, spec Spec) (Image, error) {
		if err := slots.Acquire(ctx, 1); err != nil {
			return Image{}, err
		}
		defer slots.Release(1)
		return inner.Build(ctx, spec)
	})
}

// Event is one finished build, as Record tells it.
type Event struct {
	Spec     Spec
	Image    Image
	Duration time.Duration
	Err      error
}

// Record calls note after each build, failed ones too. It may be called from
// several goroutines at once.
func Record(inner Builder, note func(Event)) Builder {
	return Func(func(ctx context.Context, spec Spec) (Image, error) {
		start := time.Now()
		image, err := inner.Build(ctx, spec)
		note(Event{Spec: spec, Image: image, Duration: time.Since(start), Err: err})
		return image, err
	})
}
