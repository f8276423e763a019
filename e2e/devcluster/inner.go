package main

import (
	"github.com/spf13/cobra"

	"gantline.dev/gantline/e2e/internal/cluster"
	"gantline.dev/gantline/e2e/internal/node"
)

// This program runs itself as the cluster's daemon and as the first two
// processes of the node.
const (
	daemonName    = "_daemon"
	initName      = "_init"
	superviseName = "_supervise"
)

func innerCommands() []*cobra.Command {
	return []*cobra.Command{
		{
			Use: daemonName, Hidden: true, Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return cluster.Run(args[0], []string{initName}, []string{superviseName})
			},
		},
		{
			Use: initName, Hidden: true, Args: cobra.MinimumNArgs(2),
			RunE: func(_ *cobra.Command, args []string) error { return node.Init(args[0], args[1:]...) },
		},
		{
			Use: superviseName, Hidden: true, Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return node.Supervise(cmd.Context(), args[0]) },
		},
	}
}
