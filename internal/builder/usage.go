package builder

import (
	"context"
	"fmt"

	"github.com/moby/buildkit/client"
)

// Usage is how many bytes the daemon's cache holds on its disk.
func (b *Builder) Usage(ctx context.Context) (int64, error) {
	records, err := b.client.DiskUsage(ctx)
	if err != nil {
		return 0, fmt.Errorf("asking the builder what it holds: %w", err)
	}
	var total int64
	for _, record := range records {
		total += record.Size
	}
	return total, nil
}

// Prunable is how many bytes Prune would free now.
func (b *Builder) Prunable(ctx context.Context, keep int64) (int64, error) {
	records, err := b.client.DiskUsage(ctx)
	if err != nil {
		return 0, fmt.Errorf("asking the builder what it holds: %w", err)
	}
	var total, idle int64
	for _, record := range records {
		total += record.Size
		if !record.InUse {
			idle += record.Size
		}
	}
	return max(0, min(idle, total-keep)), nil
}

// Prune has the daemon remove what it does not need for a build under way,
// oldest first, until at most keep bytes are left. It returns how many bytes
// were freed.
func (b *Builder) Prune(ctx context.Context, keep int64) (freed int64, err error) {
	removed := make(chan client.UsageInfo)
	counted := make(chan int64)
	go func() {
		var total int64
		for record := range removed {
			total += record.Size
		}
		counted <- total
	}()
	err = b.client.Prune(ctx, removed, client.PruneAll, client.WithKeepOpt(0, 0, keep, 0))
	close(removed)
	freed = <-counted
	if err != nil {
		return freed, fmt.Errorf("pruning the builder's cache: %w", err)
	}
	return freed, nil
}
