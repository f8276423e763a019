package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/runs"
)

// completionTime is how long a shell waits for names that a cluster knows.
const completionTime = 2 * time.Second

// headProject is what HEAD declares, for completion: nil where nothing can be
// read.
func (a *app) headProject(ctx context.Context) *pipeline.Project {
	a.quiet = true
	repo, err := a.openRepo(ctx)
	if err != nil {
		return nil
	}
	commit, err := repo.Resolve(ctx, "HEAD")
	if err != nil {
		return nil
	}
	project, err := pipeline.Load(ctx, repo, commit)
	if err != nil || project.Config == nil {
		return nil
	}
	return project
}

// completeTargets completes the names of HEAD's deploy targets.
func (a *app) completeTargets(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	project := a.headProject(cmd.Context())
	if project == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return project.Config.TargetNames(), cobra.ShellCompDirectiveNoFileComp
}

// completeClusters completes the names of the work tree's targets that are
// clusters.
func (a *app) completeClusters(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	a.quiet = true
	repo, err := a.openRepo(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	c, err := a.currentConfig(cmd.Context(), repo)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, target := range c.Deploy.Targets {
		if target.IsCluster() {
			names = append(names, target.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeFlows completes the names of HEAD's flows.
func (a *app) completeFlows(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	project := a.headProject(cmd.Context())
	if project == nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, flow := range project.Flows {
		names = append(names, flow.Name.V)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeParams completes the parameters of the flow that was named, and the
// values of one with an enum.
func (a *app) completeParams(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	project := a.headProject(cmd.Context())
	if project == nil || len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	var out []string
	for _, flow := range project.Flows {
		if flow.Name.V != args[0] {
			continue
		}
		for _, entry := range flow.Params {
			name := entry.Key.V + "="
			if strings.HasPrefix(typed, name) {
				for _, choice := range entry.V.Enum {
					out = append(out, name+choice.V)
				}
				return out, cobra.ShellCompDirectiveNoFileComp
			}
			out = append(out, name)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// completeRuns completes the names of runs, and after one of them those of its
// steps.
func (a *app) completeRuns(target *string) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		a.quiet = true
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		place, err := a.runTarget(ctx, *target)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if len(args) == 1 && cmd.Name() == "logs" {
			run, err := place.client.Get(ctx, args[0])
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return run.StepNames(), cobra.ShellCompDirectiveNoFileComp
		}
		list, err := place.client.List(ctx, "")
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if cmd.Name() == "stop" {
			list = slices.DeleteFunc(list, func(run runs.Run) bool { return run.State.Ended() })
		}
		return runNames(list), cobra.ShellCompDirectiveNoFileComp
	}
}

func runNames(list []runs.Run) []string {
	names := make([]string, 0, len(list))
	for _, run := range list {
		names = append(names, run.Name)
	}
	return slices.Clip(names)
}
