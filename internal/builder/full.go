package builder

import (
	"fmt"
	"strings"
	"syscall"
)

// FullError says that a build ended since the builder's disk is full.
type FullError struct {
	Err error
	// Builder describes it.
	Builder string
}

// Error says what to do.
func (e *FullError) Error() string {
	return fmt.Sprintf("%v\nthe disk of the builder is full (%s): free some of it, with `gantline cache prune builder` where it is Gantline's own, and run the command again",
		e.Err, e.Builder)
}

// Unwrap is BuildKit's error.
func (e *FullError) Unwrap() error { return e.Err }

// saysFull looks into the text: over the daemon's protocol no more is left of
// the cause.
func saysFull(err error) bool { return strings.Contains(err.Error(), syscall.ENOSPC.Error()) }
