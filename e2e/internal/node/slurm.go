package node

import (
	"context"
	"path/filepath"

	"gantline.dev/gantline/e2e/internal/slurm"
)

// SlurmOptions are Slurm's in this node.
func (s Spec) SlurmOptions() slurm.Options {
	return slurm.Options{Dir: filepath.Join(s.Folder, "slurm"), Hostname: s.Name, NodeAddress: Address}
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
