package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// graceTime is how long a content stays in any case: a command that fetched it
// may not have used it yet.
const graceTime = time.Hour

// contentName is what a file is called that stands for itself, by its digest.
// Locks, and files that only grow yet, have other names.
var contentName = regexp.MustCompile(`^(sha256-)?[0-9a-f]{64}(\.whl|\.zip|\.tar\.gz)?$`)

// content is a file of a cache.
type content struct {
	path  string
	bytes int64
	since time.Time
}

// readContents finds the contents below a directory, in no order.
func readContents(dir string) ([]content, error) {
	var all []content
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "partial" && path != dir:
			return fs.SkipDir
		case !entry.Type().IsRegular() || !contentName.MatchString(entry.Name()):
			return nil
		}
		if info, err := entry.Info(); err == nil { // else it has just gone
			all = append(all, content{path, info.Size(), info.ModTime()})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking into %q: %w", dir, err)
	}
	return all, nil
}

// surplus are the contents that go so that keep bytes are left, the oldest
// first. Those since young stay, whatever they take.
func surplus(all []content, keep int64, young time.Time) []content {
	newestFirst := slices.SortedFunc(slices.Values(all), func(a, b content) int { return b.since.Compare(a.since) })
	var gone []content
	var held int64
	for _, c := range newestFirst {
		if held += c.bytes; held > keep && !c.since.After(young) {
			gone = append(gone, c)
		}
	}
	slices.Reverse(gone)
	return gone
}
