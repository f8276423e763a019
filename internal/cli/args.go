package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
)

// noArgs, exactlyOne and atMost are as cobra's, with exit code 2.
func noArgs() cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return usageError{fmt.Errorf("%q takes no argument %q\nsee: %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())}
	}
}

// exactlyOne wants the argument that the command's usage names.
func exactlyOne() cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usageError{fmt.Errorf("an argument is missing: %s\nsee: %s --help", strings.TrimSuffix(cmd.UseLine(), " [flags]"), cmd.CommandPath())}
		case 1:
			return nil
		}
		return usageError{fmt.Errorf("%q takes one argument; %q is one too many\nsee: %s --help", cmd.CommandPath(), args[1], cmd.CommandPath())}
	}
}

func atMostOne() cobra.PositionalArgs { return atMost(1, "one argument") }

// atMost wants no more than n arguments, which is as many as the words say.
func atMost(n int, words string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return usageError{fmt.Errorf("%q takes %s at most; %q is one too many\nsee: %s --help", cmd.CommandPath(), words, args[n], cmd.CommandPath())}
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
