package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

// UnknownTargetError names a deploy target that gantline.yaml has not.
type UnknownTargetError struct {
	Name  string
	Known []string
}

// Error suggests the nearest.
func (e *UnknownTargetError) Error() string {
	text := fmt.Sprintf("%s declares no deploy target %q", config.FileName, e.Name)
	if near, ok := diag.Nearest(e.Name, e.Known); ok {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	if len(e.Known) == 0 {
		return text + "; add one under deploy.targets"
	}
	return text + "; it has " + strings.Join(e.Known, ", ")
}

// PlanDeploy is what a deploy of the objects to the target would do, with the
// guards passed.
func (p *Project) PlanDeploy(ctx context.Context, name string, objects []kube.Object) (deploy.Plan, error) {
	target, ok := p.Config.Target(name)
	if !ok {
		return deploy.Plan{}, &UnknownTargetError{name, p.Config.TargetNames()}
	}
	branch := BranchOf(target)
	remote, err := p.sourceRemote(ctx)
	if err != nil {
		return deploy.Plan{}, err
	}
	if err := deploy.CheckSource(ctx, p.Repo, p.Commit, p.Config.Deploy.Branch, remote); err != nil {
		return deploy.Plan{}, asRefusal(err)
	}
	if err := deploy.CheckOrder(ctx, p.Repo, p.Commit, branch, p.Config.Project); err != nil {
		return deploy.Plan{}, asRefusal(err)
	}
	source := deploy.Source{Project: p.Config.Project, Commit: p.Commit.Hash, Subject: p.Commit.Subject()}
	return deploy.PlanBranch(ctx, p.Repo, branch, source, objects)
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
		deployed, err := deploy.Apply(ctx, p.Repo, plan, objects, means.Now())
		if errors.Is(err, deploy.ErrStale) && attempt == 0 {
			continue
		}
		if errors.Is(err, deploy.ErrStale) {
			return deploy.Result{}, &RefusedError{Reasons: []string{err.Error()}}
		}
		return deployed, err
	}
}

func asRefusal(err error) error {
	var refused *deploy.RefusedError
	if errors.As(err, &refused) {
		return &RefusedError{Reasons: []string{refused.Reason}, Hint: refused.Hint}
	}
	return err
}
