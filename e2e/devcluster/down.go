package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/e2e/internal/cluster"
)

func downCommand(w *where) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "End a cluster, and remove all of it but its logs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cluster.CheckRoot(); err != nil {
				return err
			}
			names := []string{w.name}
			base, err := w.base()
			if err != nil {
				return err
			}
			if all {
				if names, err = cluster.All(base); err != nil {
					return err
				}
			}
			for _, name := range names {
				err = errors.Join(err, down(cmd, base, name))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "end every cluster")
	return cmd
}

func down(cmd *cobra.Command, base, name string) error {
	folder, err := cluster.At(base, name)
	if err != nil {
		return err
	}
	ran, err := cluster.Down(cmd.Context(), folder)
	if err != nil {
		return err
	}
	if ran {
		fmt.Fprintf(cmd.ErrOrStderr(), "cluster %q is down; its logs stay in %s\n", name, folder.Logs())
	} else {
		fmt.Fprintf(cmd.ErrOrStderr(), "cluster %q was not running\n", name)
	}
	return nil
}
