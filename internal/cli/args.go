package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// exactArgs and atMostOne are cobra's, with exit code 2.
func exactArgs(n int) cobra.PositionalArgs { return asUsage(cobra.ExactArgs(n)) }

func atMostOne() cobra.PositionalArgs { return asUsage(cobra.MaximumNArgs(1)) }

func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w\nsee: %s --help", err, cmd.CommandPath())}
		}
		return nil
	}
}

// revArg is the revision that a command was given, or its default.
func revArg(args []string, otherwise string) string {
	if len(args) == 0 {
		return otherwise
	}
	return args[0]
}
