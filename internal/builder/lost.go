package builder

import (
	"context"
	"fmt"
	"time"
)

// lostTime is how long a daemon that a build failed on may take to show that it
// is there.
const lostTime = 3 * time.Second

// LostError says that a daemon went away while it built.
type LostError struct {
	// Err is how the build ended.
	Err error
	// Builder is which daemon it was, and Mend what to do.
	Builder, Mend string
}

// Error implements error.
func (e *LostError) Error() string {
	return fmt.Sprintf("the builder went away in the middle of a build: %s. %s (%v)", e.Builder, e.Mend, e.Err)
}

// Unwrap gives how the build ended.
func (e *LostError) Unwrap() error { return e.Err }

// Explain is the error of a build by this daemon, as a *LostError where the
// daemon does not answer any more, as a *FullError where its disk is full. An
// interrupted build's error stays as it is.
func (b *Builder) Explain(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if saysFull(err) {
		return &FullError{Err: err, Builder: b.Describe()}
	}
	ctx, cancel := within(ctx, lostTime)
	defer cancel()
	if b.alive(ctx, b.client) == nil {
		return err
	}
	return &LostError{Err: err, Builder: b.Describe(), Mend: b.mend}
}
