package pysource

import "fmt"

// SyntaxError is why a text can't be read as Python, and where.
type SyntaxError struct {
	Line   int // from 1
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

func errorAt(line int32, format string, args ...any) error {
	return &SyntaxError{int(line), fmt.Sprintf(format, args...)}
}
