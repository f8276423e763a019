package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"gantline.dev/gantline/internal/filelock"
)

// lockDir makes the directory of a record and takes it for this process, so
// that two pipelines of one commit don't write into each other's record. It
// waits for another holder, and says so by calling waiting once. The lock ends
// with unlock or with the process, however that ends: nothing stale can block.
func lockDir(ctx context.Context, dir string, waiting func()) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the directory of the record: %w", err)
	}
	path := filepath.Join(dir, ".lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the record: %w", err)
	}
	if err := filelock.Wait(ctx, file, waiting); err != nil {
		file.Close()
		return nil, fmt.Errorf("locking the record: %w", err)
	}
	return func() { file.Close() }, nil
}
