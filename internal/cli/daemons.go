package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/registry"
)

// registryCommand is the embedded registry's daemon.
func (a *app) registryCommand() *cobra.Command {
	var dir string
	var idle time.Duration
	var ensure bool
	cmd := hidden(&cobra.Command{
		Use:   "registry",
		Short: "Serve the embedded registry until nobody uses it",
		Args:  noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if ensure {
				server, err := a.embeddedRegistry(cmd.Context())
				if err == nil {
					fmt.Fprintln(a.Streams.Out, server.Host)
				}
				return err
			}
			return registry.Serve(cmd.Context(), dir, a.Streams.Err, registry.Options{Idle: idle})
		},
	})
	cmd.Flags().StringVar(&dir, "dir", a.registryDir(), "directory of its data")
	cmd.Flags().DurationVar(&idle, "idle", 0, "how long it stays unused")
	cmd.Flags().BoolVar(&ensure, "ensure", false, "start it in the background where it does not run, and print its address")
	return cmd
}

// builderCommand is the daemon of the project's own buildkitd.
func (a *app) builderCommand() *cobra.Command {
	var own builder.Own
	var idle time.Duration
	cmd := hidden(&cobra.Command{
		Use:   "builder",
		Short: "Run the project's own BuildKit daemon until nobody uses it",
		Args:  noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return builder.Serve(cmd.Context(), own, idle)
		},
	})
	cmd.Flags().StringVar(&own.Dir, "dir", a.builderDir(), "directory of its data")
	cmd.Flags().StringVar(&own.Buildkitd, "buildkitd", "", "path of buildkitd")
	cmd.Flags().StringVar(&own.Runc, "runc", "", "path of runc")
	cmd.Flags().Int64Var(&own.Keep, "keep", builder.DefaultKeep, "how many bytes of what was built it keeps")
	cmd.Flags().DurationVar(&idle, "idle", 0, "how long it stays unused")
	return cmd
}
