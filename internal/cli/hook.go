package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// hookCommand is what git's hooks call.
func (a *app) hookCommand() *cobra.Command {
	cmd := hidden(&cobra.Command{
		Use:   "hook",
		Short: "Answer one of git's hooks",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	})
	cmd.AddCommand(&cobra.Command{
		Use:   "pre-push REMOTE [URL]",
		Short: "Refuse a push that is over the budgets of gantline.yaml",
		Long: `Reads what git tells a pre-push hook on standard input, and audits the commits
that the remote lacks. Exit code 3 where they are over a budget that the pushed
commit's gantline.yaml sets; nothing is said where they are not.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return exactlyOne()(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.prePush(cmd.Context(), args)
		},
	})
	return cmd
}

// pushed is one line that git gives a pre-push hook: a ref of the remote and
// what it is to become. The hashes are zeros for nothing.
type pushed struct{ localHash, remoteRef, remoteHash string }

// parsePushed reads the lines. What was pushed by another name than a ref's,
// "HEAD@{1 day ago}" say, comes first and may hold blanks.
func parsePushed(in io.Reader) ([]pushed, error) {
	var all []pushed
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		n := len(fields)
		if n < 4 || !isHash(fields[n-3]) || !isHash(fields[n-1]) {
			return nil, usageError{fmt.Errorf("reading what git pushes: %q is not <local ref> <hash> <remote ref> <hash>", lines.Text())}
		}
		all = append(all, pushed{fields[n-3], fields[n-2], fields[n-1]})
	}
	return all, lines.Err()
}

func isHash(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}

func none(hash string) bool { return strings.Trim(hash, "0") == "" }

// prePush judges each ref of a push.
func (a *app) prePush(ctx context.Context, args []string) error {
	refs, err := parsePushed(a.Streams.In)
	if err != nil {
		return err
	}
	refs = slices.DeleteFunc(refs, func(p pushed) bool { return none(p.localHash) })
	if len(refs) == 0 {
		return nil
	}
	// Where git sets it, the current directory need not lead to the repository.
	if dir := a.Getenv("GIT_DIR"); dir != "" {
		a.repoDir = dir
	}
	repo, err := a.openRepo(ctx)
	if err != nil {
		return err
	}
	remote, err := pushedTo(ctx, repo, args[0])
	if err != nil {
		return err
	}
	push := push{app: a, repo: repo, remote: remote, seen: map[string]bool{}}
	for _, p := range refs {
		if err := push.judge(ctx, p); err != nil {
			return fmt.Errorf("holding the push of %s to the budgets: %w\n  to push without that: git push --no-verify", p.remoteRef, err)
		}
	}
	return push.verdict()
}
