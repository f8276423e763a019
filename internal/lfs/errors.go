package lfs

import (
	"fmt"
	"strings"
)

// Failed is an object that can't be had, and why.
type Failed struct {
	Object
	// Code is the HTTP status that the server gave for it, 0 where the reason
	// is another one.
	Code int
	// Reason is a sentence without a full stop.
	Reason string
}

// FailedError are the objects that a Fetch could not bring; all others of it
// are in the store. A caller that knows their paths names these.
type FailedError struct {
	// Server is its URL, as a message may show it.
	Server string
	// Objects are in the order in which they were asked for.
	Objects []Failed
}

// shownFailures is how many objects the text names.
const shownFailures = 5

// Error implements error.
func (e *FailedError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "fetching %s from %q failed:", plural(len(e.Objects), "LFS object", "LFS objects"), e.Server)
	for i, o := range e.Objects {
		if i == shownFailures {
			fmt.Fprintf(&text, "\n  and %d more", len(e.Objects)-i)
			break
		}
		fmt.Fprintf(&text, "\n  %s (%d bytes): %s", o.OID, o.Size, o.Reason)
	}
	return text.String()
}

// plural is a number with its noun.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
