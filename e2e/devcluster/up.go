package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/e2e/internal/cluster"
)

func upCommand(w *where) *cobra.Command {
	var o cluster.Options
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Bring a cluster up, and print the path of its kubeconfig",
		Long: `Bring a cluster up, and print the path of its kubeconfig when it is ready.

A cluster that is running already stays as it is. What the cluster runs is
built first where it is not in the cache, which takes some minutes once.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return up(cmd, w, o) },
	}
	cmd.Flags().StringVar(&o.CRDs, "crds", "full", "form of Argo's definitions: full, or minimal as Argo's own installs up to 3.7 have")
	cmd.Flags().BoolVar(&o.Slurm, "slurm", false, "run Slurm in the cluster's node too")
	return cmd
}

func up(cmd *cobra.Command, w *where, o cluster.Options) error {
	var err error
	if o.Folder, err = w.folder(); err != nil {
		return err
	}
	if err := cluster.CheckRoot(); err != nil {
		return err
	}
	if o.Shared, err = cluster.DefaultBase(); err != nil {
		return err
	}
	if o.Checkout, err = cluster.Checkout(); err != nil {
		return err
	}
	o.Daemon = []string{daemonName}
	progress := &timed{to: cmd.ErrOrStderr(), began: time.Now()}
	state, err := cluster.Up(cmd.Context(), o, progress)
	if err != nil {
		return err
	}
	fmt.Fprintf(progress, "cluster %q is ready; its registry is %s\n", state.Name, state.Registry)
	fmt.Fprintln(cmd.OutOrStdout(), state.Kubeconfig)
	return nil
}

// timed writes lines with the seconds since it began before each.
type timed struct {
	to    io.Writer
	began time.Time

	mu   sync.Mutex
	rest string
}

// Write writes what lines are whole.
func (t *timed) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.SplitAfter(t.rest+string(p), "\n")
	t.rest = lines[len(lines)-1]
	for _, line := range lines[:len(lines)-1] {
		if _, err := fmt.Fprintf(t.to, "%5.1fs  %s", time.Since(t.began).Seconds(), line); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
