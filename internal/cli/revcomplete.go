package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/gitrepo"
)

// completeRevs completes a revision by branches and tags.
func (a *app) completeRevs(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeNames(cmd.Context(), (*gitrepo.Repo).RefNames)
}

// completeRanges completes a revision, or either end of a range.
func (a *app) completeRanges(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	names, directive := a.completeRevs(cmd, args, typed)
	if dots := strings.LastIndex(typed, ".."); dots >= 0 {
		for i := range names {
			names[i] = typed[:dots+len("..")] + names[i]
		}
	}
	return names, directive
}

// completeRemotes completes the name of a remote.
func (a *app) completeRemotes(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.completeNames(cmd.Context(), (*gitrepo.Repo).Remotes)
}

// completeNames completes what the repository lists.
func (a *app) completeNames(ctx context.Context, list func(*gitrepo.Repo, context.Context) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	a.quiet = true
	repo, err := a.openRepo(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, err := list(repo, ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
