package node

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"gantline.dev/gantline/e2e/internal/slurm"
)

// SlurmOptions are Slurm's in this node.
func (s Spec) SlurmOptions() slurm.Options {
	return slurm.Options{Dir: filepath.Join(s.Folder, "slurm"), Hostname: s.Name, NodeAddress: Address}
}

// mountSlurm lays Slurm's files over the node's, whose /var/lib begins empty.
func mountSlurm(s Spec) error {
	for _, folder := range []string{"/var/lib/munge", "/var/lib/slurm"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("making room for Slurm: %w", err)
		}
	}
	return slurm.Mount(s.SlurmOptions())
}

func (b bringUp) startSlurm(ctx context.Context) error {
	if !b.spec.Slurm {
		return nil
	}
	b.say("starting Slurm")
	programs, err := slurm.Programs(b.spec.SlurmOptions())
	if err != nil {
		return err
	}
	return b.programs.Start(ctx, programs...)
}
