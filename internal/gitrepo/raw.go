package gitrepo

import (
	"fmt"
	"strings"
)

// Status is how a path changed.
type Status byte

// The statuses of git's raw format; renames are never looked for.
const (
	Added       Status = 'A'
	Deleted     Status = 'D'
	Modified    Status = 'M' // content or the executable bit
	TypeChanged Status = 'T' // between file, symlink and submodule
)

// PathChange is one path that differs between two trees.
type PathChange struct {
	Path             string
	Status           Status
	OldMode, NewMode Mode
	// OldHash and NewHash name blobs (submodules: commits); "" where the side
	// has no file.
	OldHash, NewHash string
}

// rawHeader reads the part before the path:
// ":100644 100644 <hash> <hash> M".
func rawHeader(record string) (PathChange, error) {
	bad := fmt.Errorf("reading git's raw difference: %q is no record of it", record)
	text, ok := strings.CutPrefix(record, ":")
	fields := strings.Split(text, " ")
	if !ok || len(fields) != 5 || len(fields[4]) != 1 {
		return PathChange{}, bad
	}
	c := PathChange{OldHash: fields[2], NewHash: fields[3], Status: Status(fields[4][0])}
	switch c.Status {
	case Added, Deleted, Modified, TypeChanged:
	default:
		return PathChange{}, bad
	}
	var err error
	if c.OldMode, err = parseMode(fields[0]); err != nil {
		return PathChange{}, bad
	}
	if c.NewMode, err = parseMode(fields[1]); err != nil {
		return PathChange{}, bad
	}
	if c.OldMode == Absent {
		c.OldHash = ""
	}
	if c.NewMode == Absent {
		c.NewHash = ""
	}
	return c, nil
}
