package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
)

// noArgs, exactArgs and atMostOne are as cobra's, with exit code 2.
func noArgs() cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return usageError{fmt.Errorf("%q takes no argument %q\nsee: %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())}
	}
}

func exactArgs(n int) cobra.PositionalArgs { return asUsage(cobra.ExactArgs(n)) }

func atMostOne() cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= 1 {
			return nil
		}
		return usageError{fmt.Errorf("%q takes one argument at most; %q is one too many\nsee: %s --help", cmd.CommandPath(), args[1], cmd.CommandPath())}
	}
}

func asUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w\nsee: %s --help", err, cmd.CommandPath())}
		}
		return nil
	}
}

// knownCommand is for the root: an argument there is a command that does not
// exist.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, command := range root.Commands() {
		if !command.Hidden {
			names = append(names, command.Name())
		}
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if near, ok := diag.Nearest(args[0], names); ok {
		text += fmt.Sprintf("; did you mean %q?", near)
	}
	return usageError{fmt.Errorf("%s\nsee: %s --help", text, root.CommandPath())}
}

// revArg is the revision that a command was given, or its default.
func revArg(args []string, otherwise string) string {
	if len(args) == 0 {
		return otherwise
	}
	return args[0]
}
