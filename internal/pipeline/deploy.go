package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/deploy/kubecluster"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/streams"
)

// DeployOptions say where a deploy goes, and what it may do there.
type DeployOptions struct {
	// Target is the target's name in gantline.yaml.
	Target string
	// ForceConflicts overwrites what was edited on the cluster by hand.
	ForceConflicts bool
	// ConfirmDeletions is the hash of deletions that were confirmed.
	ConfirmDeletions string
}

// Target is the deploy target of that name, or an *UnknownNameError.
func (p *Project) Target(name string) (config.Target, error) {
	target, ok := p.Config.Target(name)
	if !ok {
		return config.Target{}, &UnknownNameError{What: "deploy target", Key: "deploy.targets", Name: name, Known: p.Config.TargetNames()}
	}
	return target, nil
}

// MayDeploy passes the guards that need neither an image nor the target: they
// come first, so that nobody builds what is refused afterwards.
func (p *Project) MayDeploy(ctx context.Context, name string) error {
	if _, err := p.deployable(name); err != nil {
		return err
	}
	return p.checkSource(ctx)
}

// deployable is the target of that name, unless it takes no deploys.
func (p *Project) deployable(name string) (config.Target, error) {
	declared, err := p.Target(name)
	if err != nil {
		return declared, err
	}
	if declared.RunsOnly {
		refused := &RefusedError{}
		refused.add(fmt.Sprintf("target %q is for runs of local commits alone", declared.Name), "its deploys: false in "+config.FileName+" says so; name another target")
		return declared, refused
	}
	return declared, nil
}

// checkSource refuses a commit that must not be deployed anywhere.
func (p *Project) checkSource(ctx context.Context) error {
	remote, err := p.sourceRemote(ctx)
	if err != nil {
		return err
	}
	return asRefusal(deploy.CheckSource(ctx, p.Repo, p.Commit, p.Config.Deploy.Branch, remote))
}

// deployTarget opens the target to deploy to. The task, which may be nil, shows
// how far a deploy to a cluster is.
func (p *Project) deployTarget(means *Means, options DeployOptions, task *streams.Task) (deploy.Target, config.Target, error) {
	declared, err := p.deployable(options.Target)
	if err != nil {
		return nil, declared, err
	}
	if !declared.IsCluster() {
		branch := branchOf(p.Repo, declared)
		branch.Now = means.Now
		return branch, declared, nil
	}
	opened, err := means.Cluster(declared)
	if err != nil {
		return nil, declared, err
	}
	return &kubecluster.Target{
		Cluster: opened, Name: declared.Name, Force: options.ForceConflicts, Tool: means.Tool, By: means.By, Now: means.Now,
		Waiting: func(holder string) {
			means.Printer.Say("%s deploys to %s: waiting for it", holder, declared.Name)
		},
		Progress: func(done, total int, what string) {
			if task != nil {
				task.Count(int64(done), int64(total), what)
			}
		},
	}, declared, nil
}

// PlanDeploy is what a deploy of the objects to the target would do, with the
// guards passed. Where it is refused for what it removes, the plan is there too.
func (p *Project) PlanDeploy(ctx context.Context, means *Means, options DeployOptions, objects []kube.Object) (deploy.Plan, error) {
	target, declared, err := p.deployTarget(means, options, nil)
	if err != nil {
		return deploy.Plan{}, err
	}
	plan, err := p.planFor(ctx, target, objects)
	if err != nil {
		return deploy.Plan{}, err
	}
	return plan, p.checkDeletions(plan, declared, options)
}

// planFor plans for a target, with the guards passed that say which commit may
// be deployed.
func (p *Project) planFor(ctx context.Context, target deploy.Target, objects []kube.Object) (deploy.Plan, error) {
	if err := p.checkSource(ctx); err != nil {
		return deploy.Plan{}, err
	}
	source := deploy.Source{Project: p.Config.Project, Commit: p.Commit.Hash, Subject: p.Commit.Subject()}
	plan, err := target.Plan(ctx, source, objects)
	if err != nil {
		return deploy.Plan{}, asRefusal(err)
	}
	return plan, asRefusal(deploy.CheckOrder(ctx, p.Repo, p.Commit, plan))
}

// checkDeletions refuses deletions on a cluster that nobody confirmed. On a
// branch they can be reviewed and reverted.
func (p *Project) checkDeletions(plan deploy.Plan, declared config.Target, options DeployOptions) error {
	if !declared.IsCluster() {
		return nil
	}
	return asRefusal(deploy.CheckDeletions(plan, declared.MaxDeletions, options.ConfirmDeletions))
}

// sourceRemote is the remote whose deploy branch counts, empty where the
// repository has none.
func (p *Project) sourceRemote(ctx context.Context) (string, error) {
	url, err := p.Repo.RemoteURL(ctx, "origin")
	if err != nil || url == "" {
		return "", err
	}
	return "origin", nil
}

// Deploy plans, validates what will be written as Argo would, and applies. The
// target may change between the two; then it plans once more. The result is
// there for a deploy that stopped half-way, too.
func (p *Project) Deploy(ctx context.Context, means *Means, options DeployOptions, task *streams.Task, objects []kube.Object) (deploy.Result, error) {
	target, declared, err := p.deployTarget(means, options, task)
	if err != nil {
		return deploy.Result{}, err
	}
	for attempt := 0; ; attempt++ {
		plan, err := p.planFor(ctx, target, objects)
		if err != nil {
			return deploy.Result{}, err
		}
		if err := errors.Join(p.checkDeletions(plan, declared, options), validate(touched(plan, objects))); err != nil {
			return deploy.Result{}, err
		}
		if plan.Changes() && !declared.IsCluster() && onLoopback(objects) {
			means.Printer.Say("note: the images are in the embedded registry, which no cluster can reach; name one with registry: in %s", config.FileName)
		}
		result, err := target.Apply(ctx, plan, objects)
		if errors.Is(err, deploy.ErrStale) && attempt == 0 {
			continue
		}
		if errors.Is(err, deploy.ErrStale) {
			return deploy.Result{}, &RefusedError{Reasons: []string{err.Error()}, Hints: []string{"somebody else deploys there at the same time; run it again"}}
		}
		return result, asRefusal(err)
	}
}

// touched are the objects of the flows that a plan writes: a schedule is only
// valid beside its template, which has the same name.
func touched(plan deploy.Plan, objects []kube.Object) []kube.Object {
	names := map[string]bool{}
	for _, step := range plan.Only(deploy.Create, deploy.Change) {
		names[step.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(objects), func(o kube.Object) bool { return !names[o.Name] })
}

// DeployHistory is what was deployed to the target, newest first; at most limit
// entries where limit is not 0.
func (p *Project) DeployHistory(ctx context.Context, means *Means, name string, limit int) ([]deploy.Deployed, error) {
	target, _, err := p.deployTarget(means, DeployOptions{Target: name}, nil)
	if err != nil {
		return nil, err
	}
	return target.History(ctx, p.Config.Project, limit)
}

// onLoopback says whether an object is pinned to an image that only this
// machine can pull.
func onLoopback(objects []kube.Object) bool {
	return slices.ContainsFunc(objects, func(o kube.Object) bool {
		return bytes.Contains(o.JSON(), []byte(`"image":"127.0.0.1:`))
	})
}

// asRefusal is a refusal of deploy's guards as one of the pipeline's; any
// other error as it is.
func asRefusal(err error) error {
	var refused *deploy.RefusedError
	if errors.As(err, &refused) {
		return &RefusedError{Reasons: refused.Reasons, Hints: refused.Hints}
	}
	return err
}
