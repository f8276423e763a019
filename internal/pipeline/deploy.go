package pipeline

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/kube"
)

// Target is the deploy target of that name, or an *UnknownNameError.
func (p *Project) Target(name string) (config.Target, error) {
	target, ok := p.Config.Target(name)
	if !ok {
		return config.Target{}, &UnknownNameError{What: "deploy target", Key: "deploy.targets", Name: name, Known: p.Config.TargetNames()}
	}
	return target, nil
}

// PlanDeploy is what a deploy of the objects to the target would do, with the
// guards passed.
func (p *Project) PlanDeploy(ctx context.Context, name string, objects []kube.Object) (deploy.Plan, error) {
	target, err := p.Target(name)
	if err != nil {
		return deploy.Plan{}, err
	}
	remote, err := p.sourceRemote(ctx)
	if err != nil {
		return deploy.Plan{}, err
	}
	if err := deploy.CheckSource(ctx, p.Repo, p.Commit, p.Config.Deploy.Branch, remote); err != nil {
		return deploy.Plan{}, asRefusal(err)
	}
	source := deploy.Source{Project: p.Config.Project, Commit: p.Commit.Hash, Subject: p.Commit.Subject()}
	plan, err := deploy.PlanBranch(ctx, p.Repo, BranchOf(target), source, objects)
	if err != nil {
		return deploy.Plan{}, asRefusal(err)
	}
	if err := deploy.CheckOrder(ctx, p.Repo, p.Commit, plan); err != nil {
		return deploy.Plan{}, asRefusal(err)
	}
	return plan, nil
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

// Deploy validates the objects as Argo would, plans and applies. The branch
// may move between the two; then it plans once more.
func (p *Project) Deploy(ctx context.Context, means *Means, name string, objects []kube.Object) (deploy.Result, error) {
	if err := validate(objects); err != nil {
		return deploy.Result{}, err
	}
	for attempt := 0; ; attempt++ {
		plan, err := p.PlanDeploy(ctx, name, objects)
		if err != nil {
			return deploy.Result{}, err
		}
		if plan.Changes() && onLoopback(objects) {
			means.Printer.Say("note: the images are in the embedded registry, which no cluster can reach; name one with registry: in %s", config.FileName)
		}
		deployed, err := deploy.Apply(ctx, p.Repo, plan, objects, means.Now())
		if errors.Is(err, deploy.ErrStale) && attempt == 0 {
			continue
		}
		if errors.Is(err, deploy.ErrStale) {
			return deploy.Result{}, &RefusedError{Reasons: []string{err.Error()}, Hints: []string{"somebody else deploys there at the same time; run it again"}}
		}
		return deployed, asRefusal(err)
	}
}

// asRefusal is a refusal of deploy's guards as one of the pipeline's; any
// other error as it is.
// onLoopback says whether an object is pinned to an image that only this
// machine can pull.
func onLoopback(objects []kube.Object) bool {
	return slices.ContainsFunc(objects, func(o kube.Object) bool {
		return bytes.Contains(o.JSON(), []byte(`"image":"127.0.0.1:`))
	})
}

func asRefusal(err error) error {
	var refused *deploy.RefusedError
	if errors.As(err, &refused) {
		out := &RefusedError{}
		out.add(refused.Reason, refused.Hint)
		return out
	}
	return err
}
