package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// later are the verbs whose feature does not exist yet, each with what it will
// do. They are listed so that nobody searches for them, and fail so that
// nobody relies on them.
var later = []struct{ group, use, short, instead string }{
	{"runs", "retry [RUN]", "Retry the failed steps of a run", "use argo retry"},
	{"runs", "approve [RUN]", "Answer a step that waits for a person", "use argo resume"},
	{"runs", "shell [STEP]", "Open a development box in the commit's image", ""},
	{"work", "rewrite", "Take dead weight out of history", `see where the weight is with "gantline audit"`},
}

// notYet is a command that says that it does not exist yet.
func notYet(use, short, instead string) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short + " (does not exist yet)",
		Args:  cobra.ArbitraryArgs,
		// Whatever flags the real one will take, the answer is the same.
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text := fmt.Sprintf("%q does not exist yet in this version", cmd.CommandPath())
			if instead != "" {
				text += "; " + instead
			}
			return usageError{fmt.Errorf("%s", text)}
		},
	}
}
