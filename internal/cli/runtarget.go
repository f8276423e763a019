package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/runs"
)

// runTarget is where a project's runs are: what runs, status, logs and stop
// begin with.
type runTarget struct {
	project string
	target  config.Target
	client  *runs.Client
	// user is who asks, as the label of runs has it.
	user string
	// flag is the --target that a command for the same place needs, with a
	// space before it; empty where the default is that place.
	flag string
}

// url is a run's page in Argo's UI; empty where none is known.
func (t *runTarget) url(run string) string {
	if t.target.ArgoURL == "" {
		return ""
	}
	return t.target.ArgoURL + "/workflows/" + t.target.Namespace + "/" + run
}

// chooseRunTarget is the cluster target that was named, or the one that runs
// go to.
func chooseRunTarget(c *config.Config, name string) (config.Target, error) {
	var clusters []string
	for _, target := range c.Deploy.Targets {
		if target.IsCluster() {
			clusters = append(clusters, target.Name)
		}
	}
	if name == "" {
		name = c.Run.Target
	}
	target, known := c.Target(name)
	switch {
	case known && target.IsCluster():
		return target, nil
	case len(clusters) == 0:
		return config.Target{}, usageError{fmt.Errorf("%s declares no cluster for runs: add one under deploy.targets, such as dev: {context: dev, namespace: ml-dev, deploys: false}", config.FileName)}
	case name == "":
		return config.Target{}, usageError{fmt.Errorf("%s does not say where runs go: write run: {target: %s}, or name a cluster with --target: %s", config.FileName, clusters[0], strings.Join(clusters, ", "))}
	case known:
		return config.Target{}, usageError{fmt.Errorf("target %q is a branch, and runs go to a cluster: %s", name, strings.Join(clusters, ", "))}
	}
	return config.Target{}, &pipeline.UnknownNameError{What: "deploy target", Key: "deploy.targets", Name: name, Known: clusters}
}

// runTarget opens the target that gantline.yaml of the work tree names.
func (a *app) runTarget(ctx context.Context, name string) (*runTarget, error) {
	repo, err := a.openRepo(ctx)
	if err != nil {
		return nil, err
	}
	c, err := a.currentConfig(ctx, repo)
	if err != nil {
		return nil, err
	}
	return a.targetOf(ctx, repo, c, name)
}

func (a *app) targetOf(ctx context.Context, repo *gitrepo.Repo, c *config.Config, name string) (*runTarget, error) {
	target, err := chooseRunTarget(c, name)
	if err != nil {
		return nil, err
	}
	opened, err := a.cluster(target)
	if err != nil {
		return nil, err
	}
	out := &runTarget{project: c.Project, target: target, client: runs.New(opened, c.Project), user: a.user(ctx, repo)}
	if target.Name != c.Run.Target {
		out.flag = " --target " + target.Name
	}
	return out, nil
}

// currentConfig is gantline.yaml as it lies in the work tree: looking at runs
// needs no commit. A bare repository has that of HEAD.
func (a *app) currentConfig(ctx context.Context, repo *gitrepo.Repo) (*config.Config, error) {
	if repo.Bare() {
		head, err := repo.Resolve(ctx, "HEAD")
		if err != nil {
			return nil, err
		}
		project, err := pipeline.Load(ctx, repo, head)
		if err != nil {
			return nil, err
		}
		return a.validConfig(project.Config, project.ConfigProblems())
	}
	src, err := os.ReadFile(filepath.Join(repo.Root(), config.FileName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &pipeline.NoConfigError{Commit: gitrepo.Commit{Snapshot: true}}
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", config.FileName, err)
	}
	return a.validConfig(config.Parse(config.FileName, src))
}

func (a *app) validConfig(c *config.Config, problems []diag.Problem) (*config.Config, error) {
	if c == nil || diag.HasErrors(problems) {
		return nil, a.invalid(problems)
	}
	return c, nil
}

// user is who starts runs, as labels and refs have it: the name before the @
// of git's address, else the system's.
func (a *app) user(ctx context.Context, repo *gitrepo.Repo) string {
	local, _, _ := strings.Cut(repo.Author(ctx).Email, "@")
	for _, name := range []string{local, a.Getenv("USER"), a.Getenv("LOGNAME")} {
		if name = labelText(name); name != "" {
			return name
		}
	}
	return "unknown"
}

// labelText is a text as a label's value and a part of a ref's name: letters,
// digits and dashes, 40 at most.
func labelText(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text))
	return strings.Trim(text[:min(len(text), 40)], "-")
}

// resolve is the run that was named; where none was, the latest of the user's,
// else the latest of all.
func (t *runTarget) resolve(ctx context.Context, args []string) (runs.Run, error) {
	if len(args) > 0 {
		return t.client.Get(ctx, args[0])
	}
	list, err := t.client.List(ctx, "")
	if err != nil {
		return runs.Run{}, err
	}
	latest, ok := runs.Latest(list, t.user)
	if !ok {
		return runs.Run{}, usageError{fmt.Errorf("project %q has no runs in %s; start one: gantline run FLOW%s", t.project, t.client, t.flag)}
	}
	return latest, nil
}

// bindTarget adds --target to a command about runs.
func (a *app) bindTarget(cmd *cobra.Command, target *string) {
	cmd.Flags().StringVar(target, "target", "", "cluster to look at, instead of the one that runs go to")
	_ = cmd.RegisterFlagCompletionFunc("target", a.completeClusters)
}
